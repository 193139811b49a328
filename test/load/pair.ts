import { Client } from '../../lib/client/index.js';
import { Device } from '../../lib/device/index.js';
import { ErrorCode, TiRtcError } from '../../lib/errors/index.js';
import type { Command, Connection, ConnectTarget } from '../../lib/types/index.js';
import { idOf, issueToken, secretOf } from './credentials.js';
import type { Ledger } from './ledger.js';
import type { Random } from './random.js';

const COMMAND = 0x4001;
const TOKEN_SECONDS = 3;
/** Longer than a connection lives without its peer, so that an answer cannot arrive after it. */
const REQUEST_TIMEOUT_MS = 60_000;
/** The connection is broken or closed, which its event reports a little later. */
const GONE: readonly number[] = [
  ErrorCode.CONN_OTHER_ERROR,
  ErrorCode.CONN_REMOTECLOSE,
  ErrorCode.CONN_TIMEOUTCLOSE,
  ErrorCode.INVALID_HANDLE,
];
/** The codes of a credential that expired in time. */
const EXPIRED: readonly string[] = ['TOKEN_EXPIRED', 'TICKET_EXPIRED', 'CACHE_EXPIRED'];

interface Caller {
  connect(target: ConnectTarget): Promise<Connection>;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

/** A device, and a client that sends it numbered commands, and connects again whenever the connection has ended. */
export class Pair {
  readonly device: Device;
  readonly #id: string;
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #intervalMs: number;
  readonly #client: Device | undefined;
  readonly #caller: Caller;
  #sessions = 0;
  #connection: Connection | undefined;
  #token: string | undefined;
  #mayHaveTicket = false;
  #lastRefusal = '';
  #finishing: (() => void) | undefined;

  constructor(number: number, endpoint: string, random: Random, ledger: Ledger, intervalMs: number) {
    this.#id = idOf(number);
    this.#random = random;
    this.#ledger = ledger;
    this.#intervalMs = intervalMs;
    this.device = new Device({ deviceId: this.#id, deviceSecretKey: secretOf(this.#id), endpoint });
    this.device.on('connection', (connection) => this.#serve(connection));
    this.#client = number % 2 === 0 ? new Device({ endpoint }) : undefined;
    this.#caller = this.#client ?? new Client({ endpoint });
  }

  get isConnected(): boolean {
    return this.device.state === 'started' && this.#connection?.state === 'open';
  }

  /** What it is doing. */
  get text(): string {
    return `${this.#id} is ${this.device.state}, its connection ${this.#connection?.state ?? 'was never open'}${this.#lastRefusal}`;
  }

  async start(): Promise<void> {
    await Promise.all([this.device.ref().start(), this.#client?.start()]);
    void this.#call();
  }

  /** Resolves when the device has answered one more command, and its connection is closed. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      this.#finishing = resolve;
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.device.close(), this.#client?.close()]);
  }

  /** Answer each command with its data, and send the same as a message. */
  #serve(connection: Connection): void {
    const check = new Order(this.#id, 'received the command', this.#ledger);
    connection.handle(COMMAND, ({ data }) => {
      this.#ledger.counts.handled += 1;
      check.next(Buffer.from(data).toString());
      connection.sendMessage({ stream: 0, timestampMs: 0, data });
      return data;
    });
    connection.on('error', (error) => {
      const isGone = error instanceof TiRtcError && GONE.includes(error.number);
      if (!isGone) this.#ledger.fault(`${this.#id}: ${String(error)}`);
    });
  }

  async #call(): Promise<void> {
    for (;;) {
      const connection = await this.#connect();
      if (connection === undefined) await pause(this.#random.between(200, 1000));
      else if (await this.#talk(connection)) return;
    }
  }

  /** Connects with a new token, one that was kept while the service was away, one that has expired, or a ticket. */
  async #connect(): Promise<Connection | undefined> {
    const { counts } = this.#ledger;
    const chance = this.#random.next();
    const hasExpired = chance < 0.1;
    const token = hasExpired ? issueToken(this.#id, 1, 2) : (this.#token ?? issueToken(this.#id, TOKEN_SECONDS));
    const usesTicket = !hasExpired && chance < 0.4 && this.#mayHaveTicket;
    if (usesTicket) this.#mayHaveTicket = false;
    try {
      const connection = await this.#caller.connect({ remoteId: this.#id, ...(usesTicket ? {} : { token }) });
      counts.connects += 1;
      this.#mayHaveTicket = true;
      if (hasExpired) this.#ledger.fault(`${this.#id} was reached with a token that had expired`);
      if (!usesTicket) this.#token = undefined;
      return connection;
    } catch (error) {
      const code = error instanceof TiRtcError ? error.code : String(error);
      counts.refusedConnects += 1;
      this.#lastRefusal = `, the last refusal ${code}`;
      if (EXPIRED.includes(code)) counts.expiredCredentials += 1;
      if (!usesTicket && !hasExpired) this.#token = isAway(error) ? token : undefined;
      return undefined;
    }
  }

  /** Sends commands until the connection has ended. Returns true if nothing more is to be sent. */
  async #talk(connection: Connection): Promise<boolean> {
    this.#sessions += 1;
    const session = `${this.#id}/${this.#sessions}`;
    const check = new Order(session, 'received the message', this.#ledger);
    const ended = new Promise<void>((resolve) => connection.on('closed', () => resolve()));
    connection.on('message', ({ data }) => {
      this.#ledger.counts.messages += 1;
      check.next(Buffer.from(data).toString());
    });
    connection.on('command', ({ data }: Command) => {
      this.#ledger.fault(`${session} received an answer that it does not wait for: ${Buffer.from(data).toString()}`);
    });
    this.#connection = connection;
    for (let sequence = 1; connection.state === 'open'; sequence++) {
      const finishing = this.#finishing;
      const asked = this.#ask(connection, `${session} ${sequence}`);
      await Promise.race([finishing === undefined ? pause(this.#intervalMs) : asked, ended]);
      if (finishing === undefined || !(await asked)) continue;
      await connection.close();
      finishing();
      return true;
    }
    await ended;
    return false;
  }

  /** Returns whether the command was answered. */
  async #ask(connection: Connection, text: string): Promise<boolean> {
    const { counts } = this.#ledger;
    counts.sent += 1;
    try {
      const { data } = await connection.request(COMMAND, text, { timeoutMs: REQUEST_TIMEOUT_MS });
      counts.answered += 1;
      const answer = Buffer.from(data).toString();
      if (answer !== text) this.#ledger.fault(`the command "${text}" got the answer "${answer}"`);
      return true;
    } catch {
      counts.failed += 1;
      return false;
    }
  }
}

/** Checks that the texts `SESSION NUMBER` of one connection count up from 1. */
class Order {
  readonly #who: string;
  readonly #what: string;
  readonly #ledger: Ledger;
  #last: string | undefined;

  constructor(who: string, what: string, ledger: Ledger) {
    this.#who = who;
    this.#what = what;
    this.#ledger = ledger;
  }

  next(text: string): void {
    const [session = '', number = ''] = text.split(' ');
    const [lastSession = session, lastNumber = '0'] = this.#last?.split(' ') ?? [];
    if (session !== lastSession || Number(number) !== Number(lastNumber) + 1) {
      this.#ledger.fault(`${this.#who} ${this.#what} "${text}" after "${this.#last ?? ''}"`);
    }
    this.#last = text;
  }
}

/** Whether the token may not have reached the service, so that it can still be used. */
function isAway(error: unknown): boolean {
  return error instanceof TiRtcError && error.code === 'HTTP_SERVER_DOWN';
}
