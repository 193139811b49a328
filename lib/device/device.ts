import { inspect } from 'node:util';
import { checkWait, deviceIdOf, SafeEmitter, systemClock } from '../connection/index.js';
import { ErrorCode, invalidParameter, TiRtcError } from '../errors/index.js';
import { EVENT, type NativeDevice } from '../native/index.js';
import type { Clock } from '../types/index.js';
import { Connections } from './connections.js';
import { DeviceLoop } from './device_loop.js';
import type {
  ConnectOptions,
  DeviceConnection,
  DeviceEvents,
  DeviceState,
  ServiceRequestOptions,
  StartOptions,
} from './device_types.js';
import { closedError, connectError, endError, Redirect, startError, stoppedError } from './errors.js';
import type { EventReader } from './event_reader.js';
import { type CheckedOptions, checkOptions, type DeviceOptions, withoutSecret } from './options.js';
import { serviceRequest } from './service_request.js';
import { WaiterSet, wait } from './wait.js';

/** A device, or a client when it has no id. All devices of a thread share one I/O thread.
 *
 *  It does not keep the process alive, unless a start(), stop() or connect() is under way or ref() was called. */
export class Device extends SafeEmitter<DeviceEvents> implements AsyncDisposable {
  readonly deviceId: string | undefined;
  readonly endpoint: string;
  readonly #clock: Clock;
  readonly #loop: () => DeviceLoop;
  #options: CheckedOptions;
  #state: DeviceState = 'idle';
  #native: NativeDevice | undefined;
  #nativeId = 0;
  #connections: Connections | undefined;
  /** Starts that the core has not answered with `stopped`. */
  #starts = 0;
  #stopCalls = 0;
  #referenced = false;
  #lastFailure: TiRtcError | undefined;
  readonly #redirect = new Redirect();
  readonly #startWaiters = new WaiterSet<void>();
  #stopping: Promise<void> | undefined;
  #stopped = (): void => {};
  #empty = (): void => {};
  #closing: Promise<void> | undefined;

  constructor(options: DeviceOptions, clock: Clock = systemClock, loop = () => DeviceLoop.current) {
    super();
    const { TIRTC_ENDPOINT: defaultEndpoint } = process.env;
    this.#options = checkOptions(options, defaultEndpoint);
    this.#clock = clock;
    this.#loop = loop;
    this.deviceId = this.#options.native.deviceId;
    this.endpoint = this.#options.native.endpoint;
  }

  get state(): DeviceState {
    return this.#state;
  }

  /** Resolves when the device is online, a client at once. Rejects with a TiRtcError when it failed for good, and when it was
   *  given up or stopped. Failures that are tried again come as `startFailed` meanwhile. Resolves at once when started. */
  async start(options: StartOptions = {}): Promise<void> {
    checkWait('start()', options, ['signal', 'timeoutMs']);
    this.#checkNotClosed('start()');
    if (this.#stopping !== undefined) await this.#afterStop(this.#stopping);
    if (this.#state === 'started' || this.#state === 'offline') return;
    this.#loop().hold();
    await wait<void>({
      ...options,
      clock: this.#clock,
      begin: (waiter) => {
        this.#begin();
        this.#startWaiters.add(waiter);
      },
      giveUp: (waiter) => {
        if (this.#startWaiters.delete(waiter) && this.#startWaiters.size === 0) void this.stop();
      },
      timeoutError: (timeoutMs) =>
        new TiRtcError({
          what: `${this.#name()} did not start in ${timeoutMs} ms`,
          number: ErrorCode.TIMEOUTED,
          advice: this.#lastFailure?.advice ?? 'check that the endpoint is a TiRTC service and can be reached',
          cause: this.#lastFailure,
        }),
      finished: () => this.#loop().release(),
    });
  }

  /** Hang up every connection and go offline. Resolves when done, within about a second; start() works again after it. */
  stop(): Promise<void> {
    this.#stopCalls += 1;
    if (this.#native === undefined || this.#starts === 0) return Promise.resolve();
    if (this.#stopping !== undefined) return this.#stopping;
    this.#loop().hold();
    this.#stopping = new Promise((resolve) => {
      this.#stopped = () => {
        this.#loop().release();
        this.#stopping = undefined;
        resolve();
      };
    });
    this.#setState('stopping');
    this.#loop().listen(this.#nativeId, this.#receive);
    this.#native.stop();
    this.#startWaiters.rejectAll(stoppedError(this.#name()));
    return this.#stopping;
  }

  /** Stop, and forget the secret and all tickets. The device cannot be used again. Calling again gives the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Connect to a device; `remoteId` is "id", "device://id", "whip://id" or "whips://id". Rejects with a TiRtcError that
   *  says why. */
  async connect(remoteId: string, options: ConnectOptions = {}): Promise<DeviceConnection> {
    checkWait('connect()', options, ['token', 'signal', 'timeoutMs']);
    const deviceId = typeof remoteId === 'string' ? deviceIdOf(remoteId) : '';
    if (deviceId === '') {
      throw invalidParameter('connect() was given no remote id', 'give the id of the device to call, a string');
    }
    if (options.token !== undefined && (typeof options.token !== 'string' || options.token === '')) {
      throw invalidParameter('connect() was given a token that is not one', 'give a string, or leave it out');
    }
    this.#checkNotClosed('connect()');
    if (this.#connections === undefined) {
      throw connectError(ErrorCode.NOT_INITIALIZED, deviceId, options.token !== undefined);
    }
    return await this.#connections.connect(deviceId, options.token, options);
  }

  /** POST `json`, a text, to `path` at the endpoint, as TiRtcServiceRequest() does; a start is not needed. Resolves with
   *  the body of the answer. Rejects with a ServiceRequestError, which has status and body, when the status is not 2xx. */
  async serviceRequest(path: string, json: string, options: ServiceRequestOptions = {}): Promise<string> {
    checkWait('serviceRequest()', options, ['token', 'signal', 'timeoutMs']);
    this.#checkNotClosed('serviceRequest()');
    return await serviceRequest(this.endpoint, path, json, options, this.#clock);
  }

  /** Keep the process alive while the device is started or starting. */
  ref(): this {
    if (!this.#referenced && isActive(this.#state)) this.#loop().hold();
    this.#referenced = true;
    return this;
  }

  /** Undo ref(). */
  unref(): this {
    if (this.#referenced && isActive(this.#state)) this.#loop().release();
    this.#referenced = false;
    return this;
  }

  [inspect.custom](): string {
    return `Device { deviceId: ${inspect(this.deviceId)}, endpoint: ${inspect(this.endpoint)}, state: '${this.#state}' }`;
  }

  /** A start() that came during a stop() goes on after it, unless another stop() or close() came behind it. */
  async #afterStop(stopping: Promise<void>): Promise<void> {
    const stopCalls = this.#stopCalls;
    await stopping;
    this.#checkNotClosed('start()');
    if (stopCalls !== this.#stopCalls) throw stoppedError(this.#name());
  }

  #begin(): void {
    if (this.#state === 'starting') return;
    this.#native ??= this.#open();
    const code = this.#native.start(this.#options.native);
    if (code < 0) throw startError(code, this.#name());
    this.#loop().listen(this.#nativeId, this.#receive);
    this.#starts += 1;
    this.#lastFailure = undefined;
    this.#setState('starting');
  }

  #open(): NativeDevice {
    const loop = this.#loop();
    const native = loop.openDevice();
    this.#nativeId = native.id();
    this.#connections = new Connections({
      native,
      endpoint: this.endpoint,
      clock: this.#clock,
      highWaterBytes: this.#options.highWaterBytes,
      redirect: this.#redirect,
      onAccepted: (connection, subject) => this.emit('connection', connection, { subject }),
      onEmpty: () => this.#rest(),
      hold: () => loop.hold(),
      release: () => loop.release(),
    });
    return native;
  }

  async #close(): Promise<void> {
    await this.stop();
    if (this.#connections !== undefined && this.#connections.size > 0) {
      this.#loop().hold();
      await new Promise<void>((resolve) => {
        this.#empty = resolve;
      });
      this.#loop().release();
    }
    if (this.#native !== undefined) this.#loop().unlisten(this.#nativeId);
    this.#native?.close();
    this.#native = undefined;
    this.#connections = undefined;
    this.#options = withoutSecret(this.#options);
    this.#setState('closed');
  }

  /** All there is to know comes through here. */
  readonly #receive = (event: EventReader): void => {
    switch (event.kind) {
      case EVENT.started:
        this.#setState('started');
        this.emit('started');
        this.#startWaiters.resolveAll(undefined);
        break;
      case EVENT.stopped:
        this.#starts -= 1;
        if (this.#starts === 0) this.#finishStop();
        break;
      case EVENT.startFailed:
        this.#fail(event, 'startFailed');
        break;
      case EVENT.serviceLost:
        this.#fail(event, 'serviceLost');
        break;
      case EVENT.serviceBack:
        this.#setState('started');
        this.emit('serviceBack');
        break;
      case EVENT.hijacked:
        this.#redirect.location = event.text();
        this.emit('hijacked', this.#redirect.location);
        break;
      default:
        this.#connections?.receive(event);
    }
  };

  #fail(event: EventReader, name: 'startFailed' | 'serviceLost'): void {
    const what = name === 'startFailed' ? `${this.#name()} could not start` : `${this.#name()} lost the service`;
    const { retryInMs } = event;
    const error = endError(event, what, this.#redirect, 'start');
    this.#lastFailure = error;
    if (this.#state !== 'stopping') {
      if (retryInMs === 0) this.#setState('failed');
      else if (name === 'serviceLost') this.#setState('offline');
    }
    if (retryInMs === 0) this.#startWaiters.rejectAll(error);
    this.emit(name, { error, retryInMs: retryInMs === 0 ? undefined : retryInMs });
    if (retryInMs === 0) this.#rest();
  }

  #finishStop(): void {
    this.#setState('idle');
    this.#rest();
    this.#stopped();
    this.emit('stopped');
  }

  /** When nothing more can come up, nobody holds this device but the program. */
  #rest(): void {
    if (this.#connections !== undefined && this.#connections.size > 0) return;
    if (this.#starts === 0 || this.#state === 'failed') this.#loop().unlisten(this.#nativeId);
    this.#empty();
  }

  #setState(state: DeviceState): void {
    const change = Number(isActive(state)) - Number(isActive(this.#state));
    this.#state = state;
    if (!this.#referenced || change === 0) return;
    if (change > 0) this.#loop().hold();
    else this.#loop().release();
  }

  #name(): string {
    return this.deviceId === undefined
      ? `the client at ${this.endpoint}`
      : `device "${this.deviceId}" at ${this.endpoint}`;
  }

  #checkNotClosed(call: string): void {
    if (this.#closing !== undefined) throw closedError(call, this.#name());
  }
}

function isActive(state: DeviceState): boolean {
  return state === 'starting' || state === 'started' || state === 'offline' || state === 'stopping';
}
