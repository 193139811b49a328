import { isThenable } from '../base/index.js';
import type { EventReader } from '../device/index.js';
import { inspectForError } from '../errors/index.js';
import { EVENT, type NativeDevice, PEER_REQUESTS } from '../native/index.js';
import {
  type BitrateCallback,
  type Callbacks,
  type ConnectCallback,
  Event,
  type FrameInfo,
  type Handle,
  LogLevel,
  type RetryInfo,
} from './interface.js';
import { log, runProgram } from './log.js';

/** What exists between init() and uninit(). */
export interface Instance {
  readonly native: NativeDevice;
  callbacks: Callbacks;
  /** Starts that returned 0 and whose SYS_STOPPED has not been reported. */
  sessions: number;
  /** Releases the process, which sessions keep alive. */
  release?: (() => void) | undefined;
  /** The newest session was asked to stop, or failed for good. */
  isOver: boolean;
  readonly connects: Map<Handle, { readonly callback: ConnectCallback; readonly user: unknown }>;
  readonly userData: Map<Handle, unknown>;
  /** By handle and stream: `handle stream`. */
  readonly bitrateRanges: Set<string>;
  readonly bitrateCallbacks: Map<string, { readonly callback: BitrateCallback; readonly user: unknown }>;
}

type Handler = (sdk: Instance, event: EventReader) => void;
type AfterHandle<All> = All extends [Handle, ...infer Rest] ? Rest : never;

/** What each kind of event does. */
const HANDLERS: Readonly<Record<number, Handler>> = {
  [EVENT.started]: (sdk) => callOnEvent(sdk, Event.SYS_STARTED),
  [EVENT.stopped]: (sdk) => {
    endSession(sdk);
    callOnEvent(sdk, Event.SYS_STOPPED);
  },
  [EVENT.startFailed]: (sdk, event) => startFailed(sdk, event, Event.START_FAILED),
  [EVENT.serviceLost]: (sdk, event) => startFailed(sdk, event, Event.SERVICE_LOST),
  [EVENT.serviceBack]: (sdk) => callOnEvent(sdk, Event.SERVICE_BACK),
  [EVENT.hijacked]: (sdk, event) => callOnEvent(sdk, Event.ACCESS_HIJACKING, event.text()),
  [EVENT.accepted]: call('onConnAccepted', () => []),
  [EVENT.connected]: connectEnded,
  [EVENT.failed]: (sdk, event) => {
    logReason(`connection ${event.connection} ended with ${event.error}`, event);
    call('onConnError', ({ error }) => [error])(sdk, event);
  },
  [EVENT.gone]: (sdk, event) => {
    call('onDisconnected', () => [])(sdk, event);
    forget(sdk, event.connection);
  },
  [EVENT.bitrateChanged]: bitrateChanged,
  [EVENT.command]: call('onCommand', (event) => [event.commandWord, event.data()]),
  [EVENT.audio]: call('onAudio', frameOf),
  [EVENT.video]: call('onVideo', frameOf),
  [EVENT.message]: call('onMessage', frameOf),
  [EVENT.keyFrameRequested]: call('onRequestKeyFrame', streamOf),
  [EVENT.subscribeVideo]: (sdk, event) => answerSubscribe(sdk, event, 'onSubscribeVideo', PEER_REQUESTS.subscribeVideo),
  [EVENT.unsubscribeVideo]: call('onUnsubscribeVideo', streamOf),
  [EVENT.subscribeAudio]: (sdk, event) => answerSubscribe(sdk, event, 'onSubscribeAudio', PEER_REQUESTS.subscribeAudio),
  [EVENT.unsubscribeAudio]: call('onUnsubscribeAudio', streamOf),
  [EVENT.subscribeAnswered]: logAnswer,
};

/** Makes an event of the core a callback of the program. */
export function dispatch(sdk: Instance, event: EventReader): void {
  HANDLERS[event.kind]?.(sdk, event);
}

/** Returns a handler that calls a callback with the handle and what `parameters` reads from the event. */
function call<Name extends keyof Callbacks>(
  name: Name,
  parameters: (event: EventReader) => AfterHandle<Parameters<Required<Callbacks>[Name]>>,
): Handler {
  return ({ callbacks }, event) =>
    runProgram(name, () =>
      (callbacks[name] as ((...all: readonly unknown[]) => unknown) | undefined)?.(
        event.connection,
        ...parameters(event),
      ),
    );
}

function streamOf({ stream }: EventReader): [number] {
  return [stream];
}

function frameOf(event: EventReader): [FrameInfo, Uint8Array] {
  const { stream, media, flags, reserved, timestampMs, data } = event.frame();
  return [{ streamId: stream, media, flags, reserved, ts: timestampMs }, data];
}

function callOnEvent({ callbacks }: Instance, event: number, data?: RetryInfo | string): void {
  runProgram('onEvent', () => callbacks.onEvent?.(event, data));
}

function startFailed(sdk: Instance, event: EventReader, as: number): void {
  const { error, retryInMs } = event;
  if (retryInMs === 0) sdk.isOver = true;
  logReason(`the start failed with ${error}`, event);
  callOnEvent(sdk, as, { error, retryInMs });
}

function endSession(sdk: Instance): void {
  sdk.sessions -= 1;
  if (sdk.sessions > 0) return;
  sdk.release?.();
  sdk.release = undefined;
}

function connectEnded(sdk: Instance, event: EventReader): void {
  const { connection, error } = event;
  const connect = sdk.connects.get(connection);
  sdk.connects.delete(connection);
  if (error !== 0) {
    logReason(`a connect ended with ${error}`, event);
    forget(sdk, connection);
  }
  runProgram('the callback of connect()', () => connect?.callback(error, error === 0 ? connection : 0, connect.user));
}

/** Without the callback, or when it returns undefined, the subscribe is accepted. It is refused when the callback fails,
 *  or has not decided when it returns. */
function answerSubscribe(
  { callbacks, native }: Instance,
  { connection, stream }: EventReader,
  name: 'onSubscribeVideo' | 'onSubscribeAudio',
  request: number,
): void {
  let status = -1;
  runProgram(name, () => {
    const decision: unknown = callbacks[name]?.(connection, stream) ?? 0;
    if (typeof decision === 'number' && (decision | 0) === decision) {
      status = decision;
    } else {
      const what = isThenable(decision) ? 'a promise' : inspectForError(decision);
      log(LogLevel.ERROR, `${name}: it returned ${what}, so the peer was refused; return 0 or an error number`);
    }
    return decision;
  });
  native.answerSubscribe(connection, request, stream, status);
}

function logAnswer(_: Instance, { commandWord, error, stream }: EventReader): void {
  const what = `the subscription of ${commandWord === PEER_REQUESTS.subscribeVideo ? 'video' : 'audio'} stream ${stream}`;
  if (error === 0) log(LogLevel.INFO, `the peer accepted ${what}`);
  else log(LogLevel.WARN, `the peer refused ${what} with ${error}`);
}

function bitrateChanged(sdk: Instance, { connection, stream, bitrateBps }: EventReader): void {
  const key = `${connection} ${stream}`;
  const own = sdk.bitrateCallbacks.get(key);
  if (own !== undefined) {
    runProgram('a bit rate callback', () => own.callback(connection, stream, bitrateBps, own.user));
  } else if (sdk.bitrateRanges.has(key)) {
    runProgram('onUpdateBitrate', () => sdk.callbacks.onUpdateBitrate?.(connection, stream, bitrateBps));
  }
}

function logReason(what: string, event: EventReader): void {
  const reason = event.text();
  log(LogLevel.WARN, reason === '' ? what : `${what}: ${reason}`);
}

function forget(sdk: Instance, handle: Handle): void {
  sdk.userData.delete(handle);
  for (const known of [sdk.bitrateCallbacks, sdk.bitrateRanges]) {
    for (const key of known.keys()) if (key.startsWith(`${handle} `)) known.delete(key);
  }
}
