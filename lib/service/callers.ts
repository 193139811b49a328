import { chain, isPending, type MaybePromise } from '../base/index.js';
import { type ByeName, TiRtcError } from '../errors/index.js';
import {
  type ParsedToken,
  parseConnectToken,
  TokenError,
  type UsedNonces,
  useNonce,
  type VerifiedToken,
  verifyParsedToken,
} from '../token/index.js';
import { MAX_DEVICE_ID_BYTES } from '../wire/index.js';
import type { EmitServiceEvent } from './events.js';
import type { ActiveFaults } from './faults/active_faults.js';
import type { Link } from './link.js';
import type { ServiceSettings } from './options.js';
import { type FoundSecret, type SecretKeys, storeFailed } from './secret_keys.js';
import type { Tickets, ValidTicket } from './tickets.js';
import type { Upgrade } from './upgrade.js';
import type { ConnectRequest } from './upgrade_request.js';

/** The client, as its credential identifies it. */
export interface Caller {
  readonly credential: 'token' | 'ticket';
  readonly issuer: string;
  readonly subject: string;
  /** The ticket that the client presented. */
  readonly ticket?: Uint8Array;
  readonly ticketSecondsLeft?: number;
}

/** Why a client is not connected. */
interface Refusal {
  readonly reason: ByeName;
  readonly detail: string;
  /** A failure of the service itself, to report. */
  readonly failure?: unknown;
}

export interface CallersContext {
  readonly settings: ServiceSettings;
  readonly emit: EmitServiceEvent;
  readonly report: (error: unknown) => void;
  readonly faults: ActiveFaults;
  readonly deviceSecrets: SecretKeys;
  readonly appSecrets: SecretKeys;
  readonly tickets: Tickets;
  /** Absent when tokens may be used again. */
  readonly nonces: UsedNonces | undefined;
}

/** A test often connects again with the token that it has. */
const REUSE_HINT =
  '; issue a new one, or let the service accept it again (tirtc serve --reusable-tokens, option tokenUse)';

/** Finds out who connects: verifies tokens and tickets. A client is admitted or refused at once, unless a look-up or the store
 *  answers by a promise; then its link waits, within the time for a proof. */
export class Callers {
  readonly #context: CallersContext;
  readonly #pending = new Set<() => void>();

  constructor(context: CallersContext) {
    this.#context = context;
  }

  /** Number of clients that wait for a look-up or the store. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Refuse all clients that wait, because the service stops. */
  stop(): void {
    for (const stop of [...this.#pending]) stop();
  }

  /** Check the credential of a client whose link was accepted. Calls `admit` with the caller, or refuses the link. */
  identify(request: ConnectRequest, link: Link, upgrade: Upgrade, admit: (caller: Caller) => void): void {
    const { peerId, credential } = request;
    let isWanted = true;
    const verdict =
      credential.kind === 'ticket'
        ? this.#byTicket(credential.ticket, peerId)
        : this.#byToken(credential.token, peerId, () => isWanted);
    const conclude = (found: Caller | Refusal): void => {
      if (!('reason' in found)) {
        admit(found);
        return;
      }
      if (found.failure !== undefined) this.#context.report(found.failure);
      this.refuse(upgrade, peerId, found.reason, found.detail);
    };
    if (!isPending(verdict)) {
      conclude(verdict);
      return;
    }
    if (this.#pending.size >= this.#context.settings.maxConnections) {
      isWanted = false;
      conclude({ reason: 'full', detail: 'too many clients wait for a look-up or the store' });
      return;
    }
    const forget = this.#await(request, link, upgrade, () => {
      isWanted = false;
    });
    verdict.then((found) => {
      if (!isWanted) return;
      forget();
      conclude(found);
    });
  }

  /** End the link of a client with a bye. */
  refuse(upgrade: Upgrade, deviceId: string, reason: ByeName, detail: string): void {
    upgrade.bye(reason, detail);
    this.#context.emit('connectRefused', { deviceId: shortenedId(deviceId), reason, detail });
  }

  /** Keep a link while its caller is looked up. Calls `ended` when the link ends. The result stops that. */
  #await({ peerId }: ConnectRequest, link: Link, upgrade: Upgrade, ended: () => void): () => void {
    const { settings, report, emit } = this.#context;
    const { proofTimeoutMs } = settings;
    const stop = (): void => this.refuse(upgrade, peerId, 'stopping', '');
    const timer = settings.clock.startTimer(proofTimeoutMs, () => {
      const detail = `the service could not check the credential within ${proofTimeoutMs} ms`;
      report(storeFailed(detail, new Error('no answer')));
      this.refuse(upgrade, peerId, 'other', detail);
    });
    const forget = (): void => {
      timer.cancel();
      this.#pending.delete(stop);
    };
    this.#pending.add(stop);
    link.handle({
      message: () => link.fail('a client must not send before the connection is ready'),
      ended: (end) => {
        forget();
        ended();
        if (end === 'ours') return;
        const detail = `the client's link ended before its credential was checked (${end})`;
        upgrade.conclude('closed', detail);
        emit('connectRefused', { deviceId: shortenedId(peerId), reason: 'closed', detail });
      },
    });
    return forget;
  }

  #byTicket(secret: Uint8Array, peerId: string): MaybePromise<Caller | Refusal> {
    const failed = (error: unknown) => refusalOf(storeFailed('a ticket cannot be checked', error));
    try {
      const verdict = chain(this.#context.tickets.find(secret), (ticket) => fromTicket(ticket, secret, peerId));
      return isPending(verdict) ? verdict.then(undefined, failed) : verdict;
    } catch (error) {
      return failed(error);
    }
  }

  #byToken(text: string, target: string, isWanted: () => boolean): MaybePromise<Caller | Refusal> {
    const { deviceSecrets, appSecrets, nonces, faults } = this.#context;
    const remembering = nonces !== undefined && !faults.allowsReplay(target) ? nonces : undefined;
    let token: ParsedToken;
    try {
      token = parseConnectToken(text);
    } catch (error) {
      return refusalOf(error);
    }
    const app = appSecrets.find(token.claims.iss, isWanted);
    const device = deviceSecrets.find(token.deviceId, isWanted);
    return isPending(app) || isPending(device)
      ? Promise.all([app, device]).then((found) => this.#verified(token, target, found, remembering))
      : this.#verified(token, target, [app, device], remembering);
  }

  #verified(
    token: ParsedToken,
    target: string,
    [app, device]: readonly [FoundSecret, FoundSecret],
    nonces: UsedNonces | undefined,
  ): MaybePromise<Caller | Refusal> {
    const failure = [app, device].find((found) => found instanceof TiRtcError);
    if (failure !== undefined) return refusalOf(failure);
    const { clock } = this.#context.settings;
    const now = Math.floor(clock.wallMs() / 1000);
    let verified: VerifiedToken;
    try {
      verified = verifyParsedToken(token, app as string | undefined, device as string | undefined, { target, now });
    } catch (error) {
      return refusalOf(error);
    }
    const { iss: issuer, sub: subject } = verified.claims;
    const refusal = nonces && useNonce(verified, { nonces, now, clock });
    return chain(refusal, (error) => (error ? refusalOf(error) : { credential: 'token', issuer, subject }));
  }
}

/** A client learns what is wrong with its token, but not why the store or a look-up failed; that is reported. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof TokenError && error.reason !== 'other') {
    const { reason, detail } = error;
    return { reason, detail: reason === 'token_used' ? `${detail}${REUSE_HINT}` : detail };
  }
  const failure = error instanceof TokenError ? storeFailed('a token cannot be checked', error.cause) : error;
  return { reason: 'other', detail: 'the service cannot check the credential now', failure };
}

function fromTicket(ticket: ValidTicket | undefined, secret: Uint8Array, peerId: string): Caller | Refusal {
  if (ticket === undefined) return { reason: 'ticket', detail: 'the ticket is unknown, expired or revoked' };
  if (ticket.deviceId !== peerId) return { reason: 'ticket', detail: 'the ticket is for another device' };
  const { issuer, subject, secondsLeft } = ticket;
  return { credential: 'ticket', issuer, subject, ticket: secret, ticketSecondsLeft: secondsLeft };
}

/** A client may name a device whose id is longer than any id can be. */
function shortenedId(id: string): string {
  return id.length <= MAX_DEVICE_ID_BYTES ? id : `${id.slice(0, MAX_DEVICE_ID_BYTES)}…`;
}
