import { isDetached } from '../connection/index.js';
import { ErrorCode } from '../errors/index.js';
import {
  isReservedCommandWord,
  type MediaClass,
  makeCommandWord,
  mediaClass,
  PEER_REQUESTS,
  toRequestWord,
  toResponseWord,
} from '../wire/index.js';
import { numberOf } from './connections.js';
import { refuse } from './log.js';
import { withSdk } from './sdk.js';
import type { BitrateCallback, Bytes, FrameInfo, Handle } from './types.js';

const NO_BYTES = new Uint8Array(0);
const MAX_STREAM = 15;
const MAX_U32 = 0xffff_ffff;
/** What is assumed when a callback is set before a range. */
const ASSUMED_BPS = { min: 64_000, max: 8_000_000, start: 1_000_000 };

let lastCommandNumber = 0;

/** Bytes of a payload, or undefined for what is none. */
function bytesOf(data: Bytes): Uint8Array | undefined {
  if (data === null || data === undefined) return NO_BYTES;
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof Uint8Array && !isDetached(data) ? data : undefined;
}

function isWhole(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

/** TiRtcSendCommand(): 4 plus the bytes of the data, or a negative code. */
export function sendCommand(handle: Handle, word: number, data?: Bytes): number {
  return withSdk((sdk) => {
    const bytes = bytesOf(data);
    if (!isWhole(word, MAX_U32) || isReservedCommandWord(word) || bytes === undefined) {
      const why =
        bytes === undefined ? 'the data are no bytes' : `command word ${String(word)} is none, or the SDK's own`;
      return refuse(
        ErrorCode.INVALID_PARAMETER,
        `sendCommand: ${why}; use 0x2000 or above, and a Uint8Array or a string`,
      );
    }
    const code = sdk.native.sendCommand(numberOf(handle), word, bytes);
    return code === ErrorCode.INVALID_PARAMETER ? refuse(code, `sendCommand: ${tooMuch(bytes)}`) : code;
  });
}

/** The macros of tiRTC.h: a request, a request put together from its parts, and a response. */
export function sendReq(handle: Handle, word: number, data?: Bytes): number {
  return sendCommand(handle, toRequestWord(word), data);
}

export function sendReqWithSn(handle: Handle, sequenceNumber: number, command: number, data?: Bytes): number {
  return sendCommand(handle, makeCommandWord(command, sequenceNumber), data);
}

export function sendResp(handle: Handle, word: number, data?: Bytes): number {
  return sendCommand(handle, toResponseWord(word), data);
}

/** atomic_get_cmd_sn(): 1, 2 and so on; after 65535 comes 0. Works before init(). */
export function atomicGetCmdSn(): number {
  lastCommandNumber = (lastCommandNumber + 1) & 0xffff;
  return lastCommandNumber;
}

/** TiRtcSendVideoStream() and its like: 12 plus the bytes of the frame, or a negative code. */
export function sendVideoStream(handle: Handle, info: FrameInfo, frame: Bytes): number {
  return sendFrame('sendVideoStream', 'video', handle, info, frame);
}

export function sendAudioStream(handle: Handle, info: FrameInfo, frame: Bytes): number {
  return sendFrame('sendAudioStream', 'audio', handle, info, frame);
}

export function sendMessageStream(handle: Handle, info: FrameInfo, frame: Bytes): number {
  return sendFrame('sendMessageStream', 'message', handle, info, frame);
}

function sendFrame(name: string, kind: MediaClass, handle: Handle, info: FrameInfo, frame: Bytes): number {
  return withSdk((sdk) => {
    const problem = problemOf(kind, info);
    if (problem !== undefined) return refuse(ErrorCode.INVALID_PARAMETER, `${name}: ${problem}`);
    const bytes = bytesOf(frame);
    if (bytes === undefined) return refuse(ErrorCode.INVALID_PARAMETER, `${name}: the frame is no Uint8Array`);
    const { streamId, media, flags, reserved = 0, ts } = info;
    const head = (streamId | (media << 8) | (flags << 16) | (reserved << 24)) >>> 0;
    const code = sdk.native.sendFrame(numberOf(handle), head, ts >>> 0, bytes);
    if (code !== ErrorCode.INVALID_PARAMETER) return code;
    return refuse(code, `${name}: the stream carries the other of audio and video, or ${tooMuch(bytes)}`);
  });
}

/** What is wrong with a frame's head. */
function problemOf(kind: MediaClass, info: FrameInfo): string | undefined {
  if (typeof info !== 'object' || info === null) return 'there is no info; give streamId, media, flags and ts';
  if (mediaClass(info.media) !== kind) return `media is ${String(info.media)}, which is not ${kind}`;
  if (!isWhole(info.streamId, MAX_STREAM)) return `streamId is ${String(info.streamId)}; it must be 0 to 15`;
  if (!isWhole(info.flags, 255) || !isWhole(info.reserved ?? 0, 255)) return 'flags and reserved must be 0 to 255';
  return Number.isFinite(info.ts) ? undefined : `ts is ${String(info.ts)}; it must be a number of ms`;
}

function tooMuch(bytes: Uint8Array): string {
  return `${bytes.length} bytes are more than Option.MAX_SEND_BUFFER holds or the peer takes`;
}

/** TiRtcRequestKeyFrame() and its like: 0 or a negative code. A refused subscription is told in the log. */
export function requestKeyFrame(handle: Handle, streamId: number): number {
  return request('requestKeyFrame', handle, PEER_REQUESTS.keyFrame, streamId);
}

export function subscribeVideo(handle: Handle, streamId: number): number {
  return request('subscribeVideo', handle, PEER_REQUESTS.subscribeVideo, streamId);
}

export function unsubscribeVideo(handle: Handle, streamId: number): number {
  return request('unsubscribeVideo', handle, PEER_REQUESTS.unsubscribeVideo, streamId);
}

export function subscribeAudio(handle: Handle, streamId: number): number {
  return request('subscribeAudio', handle, PEER_REQUESTS.subscribeAudio, streamId);
}

export function unsubscribeAudio(handle: Handle, streamId: number): number {
  return request('unsubscribeAudio', handle, PEER_REQUESTS.unsubscribeAudio, streamId);
}

function request(name: string, handle: Handle, what: number, streamId: number): number {
  return withSdk((sdk) =>
    isWhole(streamId, MAX_STREAM) ? sdk.native.request(numberOf(handle), what, streamId) : refuseStream(name, streamId),
  );
}

function refuseStream(name: string, streamId: unknown): number {
  return refuse(ErrorCode.INVALID_PARAMETER, `${name}: streamId is ${String(streamId)}; it must be 0 to 15`);
}

/** TiRtcConnSetVideoBitrateParams(): bit/s, 0 < min <= start <= max. */
export function connSetVideoBitrateParams(
  handle: Handle,
  streamId: number,
  minBps: number,
  maxBps: number,
  startBps: number,
): number {
  const name = 'connSetVideoBitrateParams';
  return withSdk((sdk) => {
    if (!isWhole(streamId, MAX_STREAM)) return refuseStream(name, streamId);
    const areWhole = [minBps, maxBps, startBps].every((bps) => isWhole(bps, MAX_U32));
    if (!areWhole || minBps < 1 || minBps > startBps || startBps > maxBps) {
      return refuse(ErrorCode.INVALID_PARAMETER, `${name}: they must be whole, and 0 < min <= start <= max`);
    }
    const code = sdk.native.setBitrateRange(numberOf(handle), streamId, minBps, maxBps, startBps);
    if (code === 0) sdk.bitrateRanges.add(`${handle} ${streamId}`);
    return code;
  });
}

/** TiRtcConnSetVideoBitrateRequestCallback(): null takes it away. Set before a range, 64 kbit/s to 8 Mbit/s, beginning at
 *  1 Mbit/s, is assumed. */
export function connSetVideoBitrateRequestCallback(
  handle: Handle,
  streamId: number,
  callback: BitrateCallback | null,
  user?: unknown,
): number {
  const name = 'connSetVideoBitrateRequestCallback';
  return withSdk((sdk) => {
    if (!isWhole(streamId, MAX_STREAM)) return refuseStream(name, streamId);
    if (callback !== null && typeof callback !== 'function') {
      return refuse(ErrorCode.INVALID_PARAMETER, `${name}: the callback is no function`);
    }
    const key = `${numberOf(handle)} ${streamId}`;
    const isAlive = typeof sdk.native.stats(numberOf(handle)) !== 'number';
    if (!isAlive) return ErrorCode.INVALID_HANDLE;
    if (callback === null) {
      sdk.bitrateCallbacks.delete(key);
      return 0;
    }
    const isNew = !sdk.bitrateCallbacks.has(key) && !sdk.bitrateRanges.has(key);
    const { min, max, start } = ASSUMED_BPS;
    const code = isNew ? sdk.native.setBitrateRange(numberOf(handle), streamId, min, max, start) : 0;
    if (code < 0) return code;
    sdk.bitrateCallbacks.set(key, { callback, user });
    return 0;
  });
}
