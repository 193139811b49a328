import { isThenable } from '../base/index.js';
import type { EventReader } from '../device/event_reader.js';
import { inspectForError } from '../errors/index.js';
import { EVENT } from '../native/index.js';
import { PEER_REQUESTS } from '../wire/index.js';
import { Event, LogLevel } from './constants.js';
import { endSession, guard, type Instance } from './instance.js';
import { say } from './log.js';
import type { FrameInfo, Handle, RetryInfo } from './types.js';

/** One event of the core becomes one callback of the program. */
export function dispatch(sdk: Instance, event: EventReader): void {
  const { callbacks } = sdk;
  const { kind, connection, stream } = event;
  switch (kind) {
    case EVENT.started:
      tell(sdk, Event.SYS_STARTED);
      break;
    case EVENT.stopped:
      endSession(sdk);
      tell(sdk, Event.SYS_STOPPED);
      break;
    case EVENT.startFailed:
    case EVENT.serviceLost:
      if (event.retryInMs === 0) sdk.isOver = true;
      tell(sdk, kind === EVENT.startFailed ? Event.START_FAILED : Event.SERVICE_LOST, retryOf(event));
      break;
    case EVENT.serviceBack:
      tell(sdk, Event.SERVICE_BACK);
      break;
    case EVENT.hijacked:
      tell(sdk, Event.ACCESS_HIJACKING, event.text());
      break;
    case EVENT.accepted:
      guard('onConnAccepted', () => callbacks.onConnAccepted?.(connection));
      break;
    case EVENT.connected:
      endConnect(sdk, event);
      break;
    case EVENT.failed:
      sayWhy(`connection ${connection} ended with ${event.error}`, event);
      guard('onConnError', () => callbacks.onConnError?.(connection, event.error));
      break;
    case EVENT.gone:
      guard('onDisconnected', () => callbacks.onDisconnected?.(connection));
      forget(sdk, connection);
      break;
    case EVENT.bitrateChanged:
      tellBitrate(sdk, connection, stream, event.bitrateBps);
      break;
    default:
      dispatchMessage(sdk, event);
  }
}

function dispatchMessage(sdk: Instance, event: EventReader): void {
  const { callbacks } = sdk;
  const { kind, connection, stream } = event;
  switch (kind) {
    case EVENT.command:
      guard('onCommand', () => callbacks.onCommand?.(connection, event.commandWord, event.data()));
      break;
    case EVENT.audio:
      guard('onAudio', () => callbacks.onAudio?.(connection, infoOf(event), event.data()));
      break;
    case EVENT.video:
      guard('onVideo', () => callbacks.onVideo?.(connection, infoOf(event), event.data()));
      break;
    case EVENT.message:
      guard('onMessage', () => callbacks.onMessage?.(connection, infoOf(event), event.data()));
      break;
    case EVENT.keyFrameRequested:
      guard('onRequestKeyFrame', () => callbacks.onRequestKeyFrame?.(connection, stream));
      break;
    case EVENT.subscribeVideo:
      answer(sdk, event, PEER_REQUESTS.subscribeVideo, () => callbacks.onSubscribeVideo?.(connection, stream));
      break;
    case EVENT.unsubscribeVideo:
      guard('onUnsubscribeVideo', () => callbacks.onUnsubscribeVideo?.(connection, stream));
      break;
    case EVENT.subscribeAudio:
      answer(sdk, event, PEER_REQUESTS.subscribeAudio, () => callbacks.onSubscribeAudio?.(connection, stream));
      break;
    case EVENT.unsubscribeAudio:
      guard('onUnsubscribeAudio', () => callbacks.onUnsubscribeAudio?.(connection, stream));
      break;
    case EVENT.subscribeAnswered:
      sayAnswer(event);
      break;
  }
}

function tell({ callbacks }: Instance, event: number, data?: RetryInfo | string): void {
  guard('onEvent', () => callbacks.onEvent?.(event, data));
}

function retryOf(event: EventReader): RetryInfo {
  sayWhy(`the start failed with ${event.error}`, event);
  return { error: event.error, retryInMs: event.retryInMs };
}

function endConnect(sdk: Instance, event: EventReader): void {
  const { connection, error } = event;
  const connect = sdk.connects.get(connection);
  sdk.connects.delete(connection);
  if (error !== 0) {
    sayWhy(`a connect ended with ${error}`, event);
    forget(sdk, connection);
  }
  guard('the callback of connect()', () => connect?.callback(error, error === 0 ? connection : 0, connect.user));
}

function infoOf({ frameHead, timestampMs }: EventReader): FrameInfo {
  return {
    streamId: frameHead & 0xff,
    media: (frameHead >>> 8) & 0xff,
    flags: (frameHead >>> 16) & 0xff,
    reserved: frameHead >>> 24,
    ts: timestampMs,
  };
}

/** A program without the callback sends what it sends: it accepts. One whose callback fails, or has not decided when it
 *  returns, refuses. */
function answer(sdk: Instance, event: EventReader, request: number, decide: () => unknown): void {
  const { connection, stream } = event;
  const name = request === PEER_REQUESTS.subscribeVideo ? 'onSubscribeVideo' : 'onSubscribeAudio';
  let status = -1;
  guard(name, () => {
    const decision = decide() ?? 0;
    if (typeof decision === 'number' && (decision | 0) === decision) {
      status = decision;
    } else {
      const what = isThenable(decision) ? 'a promise' : inspectForError(decision);
      say(LogLevel.ERROR, `${name}: it returned ${what}, and the peer was refused; return 0 or an error number`);
    }
    return decision;
  });
  sdk.native.answerSubscribe(connection, request, stream, status);
}

function sayAnswer(event: EventReader): void {
  const what = event.commandWord === PEER_REQUESTS.subscribeVideo ? 'video' : 'audio';
  if (event.error === 0) say(LogLevel.INFO, `the peer accepted the subscription of ${what} stream ${event.stream}`);
  else say(LogLevel.WARN, `the peer refused the subscription of ${what} stream ${event.stream} with ${event.error}`);
}

function tellBitrate(sdk: Instance, handle: Handle, stream: number, bps: number): void {
  const key = `${handle} ${stream}`;
  const own = sdk.bitrateCallbacks.get(key);
  if (own !== undefined) guard('a bit rate callback', () => own.callback(handle, stream, bps, own.user));
  else if (sdk.bitrateRanges.has(key))
    guard('onUpdateBitrate', () => sdk.callbacks.onUpdateBitrate?.(handle, stream, bps));
}

function sayWhy(what: string, event: EventReader): void {
  const reason = event.text();
  say(LogLevel.WARN, reason === '' ? what : `${what}: ${reason}`);
}

function forget(sdk: Instance, handle: Handle): void {
  sdk.userData.delete(handle);
  for (const known of [sdk.bitrateCallbacks, sdk.bitrateRanges]) {
    for (const key of known.keys()) if (key.startsWith(`${handle} `)) known.delete(key);
  }
}
