import { inspect } from 'node:util';
import { checkWait, SafeEmitter, systemClock, Waiters } from '../base/index.js';
import { ErrorCode } from '../errors/index.js';
import { EVENT, type NativeDevice } from '../native/index.js';
import { ConnectionReporter } from '../observe/index.js';
import type { Clock, ConnectTarget } from '../types/index.js';
import { DeviceConnections } from './connections.js';
import { DeviceLoop } from './device_loop.js';
import { DeviceReporter } from './device_reporter.js';
import type {
  DeviceConnection,
  DeviceEvents,
  DeviceState,
  ServiceRequestOptions,
  StartFailure,
  StartOptions,
} from './device_types.js';
import { closedError, connectError, Redirect, startError, startFailure, stoppedError, timeoutError } from './errors.js';
import type { EventReader } from './event_reader.js';
import { type CheckedOptions, checkOptions, checkTarget, type DeviceOptions, withoutSecret } from './options.js';
import { serviceRequest } from './service_request.js';

/** A referenced device keeps the process alive in these states. */
const ACTIVE_STATES: readonly DeviceState[] = ['starting', 'started', 'offline', 'stopping'];

/** A device, or a client if it has no id. All devices of a thread share one I/O thread.
 *
 *  A device keeps the process alive only while a start(), stop() or connect() is pending, or after ref(). */
export class Device extends SafeEmitter<DeviceEvents> implements AsyncDisposable {
  readonly deviceId: string | undefined;
  readonly endpoint: string;
  readonly #name: string;
  readonly #logFacts: object;
  readonly #clock: Clock;
  readonly #loop: () => DeviceLoop;
  #options: CheckedOptions;
  #state: DeviceState = 'idle';
  #native: NativeDevice | undefined;
  #nativeId = 0;
  #connections: DeviceConnections | undefined;
  /** Starts that the core has not yet answered with `stopped`. */
  #starts = 0;
  #stopCalls = 0;
  #isReferenced = false;
  /** Set while this device keeps the process alive. */
  #release: (() => void) | undefined;
  readonly #reporter: DeviceReporter;
  #lastFailure: StartFailure | undefined;
  readonly #redirect = new Redirect();
  readonly #startWaiters = new Waiters<'start', void>();
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
    const { deviceId, endpoint } = this;
    this.#name = deviceId === undefined ? `the client at ${endpoint}` : `device "${deviceId}" at ${endpoint}`;
    this.#logFacts = deviceId === undefined ? { endpoint } : { deviceId, endpoint };
    this.#reporter = new DeviceReporter(this, this.#name, this.#logFacts, this.#options.logger);
  }

  get state(): DeviceState {
    return this.#state;
  }

  /** Go online. Resolves when the device is online; at once for a client or a started device. Rejects with a TiRtcError when
   *  the start failed for good, was abandoned or was stopped. Failures that are retried are emitted as `startFailed`. */
  async start(options: StartOptions = {}): Promise<void> {
    checkWait('start()', options, ['signal', 'timeoutMs']);
    this.#checkNotClosed('start()');
    if (this.#stopping !== undefined) await this.#afterStop(this.#stopping);
    if (this.#state === 'started' || this.#state === 'offline') return;
    const release = this.#loop().hold();
    await this.#startWaiters.wait('start', {
      ...options,
      clock: this.#clock,
      begin: () => this.#begin(),
      abandoned: () => {
        if (this.#startWaiters.size === 0) void this.stop();
      },
      timeoutError: (timeoutMs) => timeoutError(this.#name, timeoutMs, this.#lastFailure?.error),
      finished: release,
    });
  }

  /** Hang up every connection and go offline. Resolves within about a second; the device can be started again. */
  stop(): Promise<void> {
    this.#stopCalls += 1;
    if (this.#native === undefined || this.#starts === 0) return Promise.resolve();
    if (this.#stopping !== undefined) return this.#stopping;
    this.#stopping = this.#loop().holdUntil((done) => {
      this.#stopped = done;
    });
    this.#setState('stopping');
    this.#listen();
    this.#native.stop();
    this.#startWaiters.rejectAll(stoppedError(this.#name));
    return this.#stopping;
  }

  /** Stop, and erase the secret and all tickets. The device cannot be used again. Further calls return the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Connect to a device. Rejects with a TiRtcError that says why. `timeoutMs` can only shorten `connectTimeoutMs`. */
  async connect(target: ConnectTarget): Promise<DeviceConnection> {
    const remoteId = checkTarget(target);
    this.#checkNotClosed('connect()');
    if (this.#connections === undefined) {
      throw connectError(ErrorCode.NOT_INITIALIZED, remoteId, target.token !== undefined);
    }
    this.#listen(); // a device that failed for good can still be a client
    return await this.#connections.connect(target, remoteId);
  }

  /** Send a request as TiRtcServiceRequest() does: POST `json`, or without it GET. The device need not be started. Resolves
   *  with the parsed `data` of the answer, undefined without. Rejects with a ServiceRequestError, whose `number` is the HTTP
   *  status or the platform's code, or with UNEXPECTED_RESPONSE if the answer is not `{"code", "message", "data"}`. */
  async serviceRequest(path: string, json?: string | null, options: ServiceRequestOptions = {}): Promise<unknown> {
    this.#checkNotClosed('serviceRequest()');
    return await serviceRequest(this.endpoint, path, json, options, this.#clock);
  }

  /** Keep the process alive while the device is started or starting. */
  ref(): this {
    this.#isReferenced = true;
    this.#updateHold();
    return this;
  }

  /** Undo ref(). */
  unref(): this {
    this.#isReferenced = false;
    this.#updateHold();
    return this;
  }

  [inspect.custom](): string {
    return `Device { deviceId: ${inspect(this.deviceId)}, endpoint: ${inspect(this.endpoint)}, state: '${this.#state}' }`;
  }

  /** Continues a start() that was called during a stop(), unless another stop() or a close() followed. */
  async #afterStop(stopping: Promise<void>): Promise<void> {
    const stopCalls = this.#stopCalls;
    await stopping;
    this.#checkNotClosed('start()');
    if (stopCalls !== this.#stopCalls) throw stoppedError(this.#name);
  }

  #begin(): void {
    if (this.#state === 'starting') return;
    this.#native ??= this.#open();
    const code = this.#native.start(this.#options.native);
    if (code < 0) throw startError(code, this.#name, this.#options.native.endpoint);
    this.#listen();
    this.#starts += 1;
    this.#lastFailure = undefined;
    this.#setState('starting');
  }

  #open(): NativeDevice {
    const loop = this.#loop();
    const native = loop.openDevice();
    this.#nativeId = native.id();
    this.#connections = new DeviceConnections({
      native,
      endpoint: this.endpoint,
      clock: this.#clock,
      highWaterBytes: this.#options.highWaterBytes,
      redirect: this.#redirect,
      reporter: new ConnectionReporter(this.#logFacts, this.#options.logger),
      onAccepted: (connection, subject) => this.emit('connection', connection, { subject }),
      onEmpty: () => this.#rest(),
      hold: () => loop.hold(),
    });
    return native;
  }

  async #close(): Promise<void> {
    await this.stop();
    if (this.#connections !== undefined && this.#connections.size > 0) {
      await this.#loop().holdUntil((done) => {
        this.#empty = done;
      });
    }
    if (this.#native !== undefined) this.#loop().unlisten(this.#nativeId);
    this.#native?.close();
    this.#native = undefined;
    this.#connections = undefined;
    this.#options = withoutSecret(this.#options);
    this.#setState('closed');
  }

  /** Receive events until #rest(). */
  #listen(): void {
    this.#loop().listen(this.#nativeId, this.#receive);
  }

  /** Handles every event of the device and its connections. */
  readonly #receive = (event: EventReader): void => {
    switch (event.kind) {
      case EVENT.started:
        this.#setState('started');
        this.#reporter.happened('started');
        this.emit('started');
        this.#startWaiters.settle('start', undefined);
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
        this.#reporter.happened('serviceBack');
        this.emit('serviceBack');
        break;
      case EVENT.hijacked:
        this.#redirect.location = event.text();
        this.#reporter.hijacked(this.#redirect.location);
        this.emit('hijacked', { location: this.#redirect.location });
        break;
      default:
        this.#connections?.receive(event);
    }
  };

  #fail(event: EventReader, name: 'startFailed' | 'serviceLost'): void {
    const failedAttempts = this.#state === 'started' ? 0 : (this.#lastFailure?.failedAttempts ?? 0) + 1;
    const failure = startFailure(event, this.#name, this.#redirect, failedAttempts);
    this.#lastFailure = failure;
    if (this.#state !== 'stopping') {
      if (failure.retryInMs === undefined) this.#setState('failed');
      else if (name === 'serviceLost') this.#setState('offline');
    }
    if (failure.retryInMs === undefined) this.#startWaiters.rejectAll(failure.error);
    this.#reporter.failed(name, failure);
    this.emit(name, failure);
    if (failure.retryInMs === undefined) this.#rest();
  }

  #finishStop(): void {
    this.#setState('idle');
    this.#rest();
    this.#stopping = undefined;
    this.#stopped();
    this.#reporter.happened('stopped');
    this.emit('stopped');
  }

  /** Stop to receive events if there can be no more, so that the device can be collected. */
  #rest(): void {
    if (this.#connections !== undefined && this.#connections.size > 0) return;
    if (this.#starts === 0 || this.#state === 'failed') this.#loop().unlisten(this.#nativeId);
    this.#empty();
  }

  #setState(state: DeviceState): void {
    const from = this.#state;
    this.#state = state;
    this.#updateHold();
    if (state !== from) this.#reporter.moved(from, state);
  }

  #updateHold(): void {
    if (this.#isReferenced && ACTIVE_STATES.includes(this.#state)) {
      this.#release ??= this.#loop().hold();
    } else {
      this.#release?.();
      this.#release = undefined;
    }
  }

  protected override logError(error: unknown): boolean {
    return this.#reporter.handlerFailed(error);
  }

  #checkNotClosed(call: string): void {
    if (this.#closing !== undefined) throw closedError(call, this.#name);
  }
}
