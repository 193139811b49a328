import { timedOut, type Waiter, wait } from '../base/index.js';
import { EVENT, type NativeDevice } from '../native/index.js';
import type { ConnectionReporter } from '../observe/index.js';
import type { Clock, ConnectTarget } from '../types/index.js';
import type { DeviceConnection } from './device_types.js';
import { attemptError, connectError, endError, type Redirect } from './errors.js';
import type { EventReader } from './event_reader.js';
import { NativeConnection, NativeTransport } from './native_connection.js';

export interface ConnectionsOptions {
  readonly native: NativeDevice;
  readonly endpoint: string;
  readonly clock: Clock;
  readonly highWaterBytes: number | undefined;
  readonly redirect: Redirect;
  readonly reporter: ConnectionReporter;
  readonly onAccepted: (connection: DeviceConnection, subject: string) => void;
  /** Called when the last connection is gone. */
  readonly onEmpty: () => void;
  /** Keeps the process alive until the returned function is called. */
  readonly hold: () => () => void;
}

interface Attempt {
  readonly remoteId: string;
  readonly waiter: Waiter<DeviceConnection>;
}

type Deliver = (peer: NativeConnection, event: EventReader, redirect: Redirect) => void;

const deliverFrame: Deliver = (peer, event) => {
  if (!peer.deliverLent(event)) peer.deliverFrame(event.frame());
};

function deliverRequest(request: Parameters<NativeConnection['deliverRequest']>[0]): Deliver {
  return (peer, event) => peer.deliverRequest(request, event.stream);
}

/** How each event of an open connection is delivered, by EVENT number. */
const DELIVER: Readonly<Record<number, Deliver>> = {
  [EVENT.audio]: deliverFrame,
  [EVENT.video]: deliverFrame,
  [EVENT.message]: deliverFrame,
  [EVENT.command]: (peer, event) => peer.deliverCommand(event.commandWord, event.data()),
  [EVENT.keyFrameRequested]: deliverRequest('keyFrame'),
  [EVENT.subscribeVideo]: deliverRequest('subscribeVideo'),
  [EVENT.unsubscribeVideo]: deliverRequest('unsubscribeVideo'),
  [EVENT.subscribeAudio]: deliverRequest('subscribeAudio'),
  [EVENT.unsubscribeAudio]: deliverRequest('unsubscribeAudio'),
  [EVENT.subscribeAnswered]: (peer, event) =>
    peer.deliverSubscribeAnswer(event.subscribeRequest, event.stream, event.error),
  [EVENT.bitrateChanged]: (peer, event) => peer.deliverBitrate(event.stream, event.bitrateBps),
  [EVENT.drained]: (peer) => peer.deliverDrain(),
  [EVENT.failed]: (peer, event, redirect) =>
    peer.deliverFailed(endError(event, `the connection to "${peer.remoteId}" ended`, redirect)),
};

/** The connections of one device by their handles: those being opened, and those that are open or not yet gone. */
export class DeviceConnections {
  readonly #options: ConnectionsOptions;
  readonly #attempts = new Map<number, Attempt>();
  readonly #peers = new Map<number, NativeConnection>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#peers.size + this.#attempts.size;
  }

  connect(target: ConnectTarget, remoteId: string): Promise<DeviceConnection> {
    const { token, signal, timeoutMs } = target;
    const { native, clock, hold } = this.#options;
    let number = 0;
    return wait<DeviceConnection>({
      signal,
      timeoutMs,
      clock,
      begin: (waiter) => {
        number = native.connect(target.remoteId, token);
        if (number < 0) throw connectError(number, remoteId, token !== undefined);
        this.#attempts.set(number, { remoteId, waiter });
      },
      abandoned: () => this.#abandon(number),
      timeoutError: timedOut(`no connection to "${remoteId}"`),
      finished: hold(),
    });
  }

  /** Handles an event of a connection. */
  receive(event: EventReader): void {
    const { kind, connection: handle } = event;
    if (kind === EVENT.accepted) this.#accept(handle, event.text());
    else if (kind === EVENT.connected) this.#settle(event);
    else if (kind === EVENT.gone) this.#remove(handle);
    else {
      const peer = this.#peers.get(handle);
      if (peer !== undefined) DELIVER[kind]?.(peer, event, this.#options.redirect);
    }
  }

  #accept(number: number, subject: string): void {
    const peer = this.#add(number, subject);
    this.#options.reporter.opened(peer, subject);
    this.#options.onAccepted(peer, subject);
  }

  #settle(event: EventReader): void {
    const number = event.connection;
    const attempt = this.#attempts.get(number);
    if (attempt === undefined) return; /* abandoned: it is being disconnected */
    this.#attempts.delete(number);
    if (event.error === 0) {
      const peer = this.#add(number, attempt.remoteId);
      this.#options.reporter.opened(peer);
      attempt.waiter.resolve(peer);
      return;
    }
    const { endpoint, redirect, reporter } = this.#options;
    const error = attemptError(event, attempt.remoteId, endpoint, redirect);
    reporter.refused(attempt.remoteId, error);
    attempt.waiter.reject(error);
    if (this.size === 0) this.#options.onEmpty();
  }

  #abandon(number: number): void {
    if (!this.#attempts.delete(number)) return;
    this.#options.native.disconnect(number);
    if (this.size === 0) this.#options.onEmpty();
  }

  #add(number: number, remoteId: string): NativeConnection {
    const { native, clock, highWaterBytes, hold, reporter } = this.#options;
    const transport = new NativeTransport(native, number, () => this.#remove(number));
    const peer = new NativeConnection({
      remoteId,
      transport,
      clock,
      hold,
      observer: reporter,
      ...(highWaterBytes === undefined ? {} : { highWaterBytes }),
    });
    this.#peers.set(number, peer);
    return peer;
  }

  #remove(number: number): void {
    const peer = this.#peers.get(number);
    if (peer === undefined) return;
    this.#peers.delete(number);
    peer.deliverClosed();
    if (this.size === 0) this.#options.onEmpty();
  }
}
