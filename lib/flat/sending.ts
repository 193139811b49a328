import { isDetached } from '../connection/index.js';
import { ErrorCode } from '../errors/index.js';
import { REFUSALS } from '../native/index.js';
import {
  isReservedCommandWord,
  type MediaClass,
  makeCommandWord,
  mediaClass,
  PEER_REQUESTS,
  toRequestWord,
  toResponseWord,
} from '../wire/index.js';
import type { Instance } from './dispatch.js';
import type { BitrateCallback, Bytes, FrameInfo, Handle } from './interface.js';
import { refuse, refuseParameter } from './log.js';
import { numberOf, withSdk } from './sdk.js';

const NO_BYTES = new Uint8Array(0);
const MAX_STREAM = 15;
const MAX_U32 = 0xffff_ffff;
/** The range that is assumed when a callback is set before a range. */
const ASSUMED_BPS = { min: 64_000, max: 8_000_000, start: 1_000_000 };

let lastCommandNumber = 0;

/** Returns the bytes of a payload, or undefined when it has none. */
function bytesOf(data: Bytes): Uint8Array | undefined {
  if (data === null || data === undefined) return NO_BYTES;
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof Uint8Array && !isDetached(data) ? data : undefined;
}

function isWhole(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

/** TiRtcSendCommand(). Returns 4 plus the bytes of the data, or a negative code. */
export function sendCommand(handle: Handle, word: number, data?: Bytes): number {
  return withSdk((sdk) => {
    const bytes = bytesOf(data);
    if (bytes === undefined) return refuseParameter('sendCommand: data must be a Uint8Array or a string');
    if (!isWhole(word, MAX_U32) || isReservedCommandWord(word)) {
      return refuseParameter(`sendCommand: command word ${String(word)} is out of range; use 0x2000 to 0xffffffff`);
    }
    return explained(sdk, 'sendCommand', bytes, sdk.native.sendCommand(numberOf(handle), word, bytes));
  });
}

/** TiRtcSendReq(): a request. */
export function sendReq(handle: Handle, word: number, data?: Bytes): number {
  return sendCommand(handle, toRequestWord(word), data);
}

/** TiRtcSendReqWithSn(): a request, from the parts of its word. */
export function sendReqWithSn(handle: Handle, sequenceNumber: number, command: number, data?: Bytes): number {
  return sendCommand(handle, makeCommandWord(command, sequenceNumber), data);
}

/** TiRtcSendResp(): a response. */
export function sendResp(handle: Handle, word: number, data?: Bytes): number {
  return sendCommand(handle, toResponseWord(word), data);
}

/** atomic_get_cmd_sn(): returns 1, 2 and so on; 0 follows 65535. Works before init(). */
export function atomicGetCmdSn(): number {
  lastCommandNumber = (lastCommandNumber + 1) & 0xffff;
  return lastCommandNumber;
}

/** TiRtcSendVideoStream() and the two like it return 12 plus the bytes of the frame, or a negative code. */
export const sendVideoStream = frameSender('sendVideoStream', 'video');
export const sendAudioStream = frameSender('sendAudioStream', 'audio');
export const sendMessageStream = frameSender('sendMessageStream', 'message');

function frameSender(name: string, kind: MediaClass): (handle: Handle, info: FrameInfo, frame: Bytes) => number {
  return (handle, info, frame) =>
    withSdk((sdk) => {
      const problem = problemOf(kind, info);
      if (problem !== undefined) return refuseParameter(`${name}: ${problem}`);
      const bytes = bytesOf(frame);
      if (bytes === undefined) return refuseParameter(`${name}: the frame must be a Uint8Array or a string`);
      const { streamId, media, flags, reserved = 0, ts } = info;
      const head = (streamId | (media << 8) | (flags << 16) | (reserved << 24)) >>> 0;
      return explained(sdk, name, bytes, sdk.native.sendFrame(numberOf(handle), head, ts >>> 0, bytes));
    });
}

/** Returns what is wrong with the info of a frame. */
function problemOf(kind: MediaClass, info: FrameInfo): string | undefined {
  if (typeof info !== 'object' || info === null) return 'info is missing; give streamId, media, flags and ts';
  if (mediaClass(info.media) !== kind) return `media ${String(info.media)} is not ${kind}; use a value of MEDIA`;
  if (!isWhole(info.streamId, MAX_STREAM)) return wrongStream(info.streamId);
  if (!isWhole(info.flags, 255) || !isWhole(info.reserved ?? 0, 255)) return 'flags and reserved must be 0 to 255';
  return Number.isFinite(info.ts) ? undefined : `ts is ${String(info.ts)}; give a number of ms`;
}

function wrongStream(streamId: unknown): string {
  return `streamId ${String(streamId)} is out of range; use 0 to ${MAX_STREAM}`;
}

const REASONS: Readonly<Partial<Record<(typeof REFUSALS)[number], string>>> = {
  otherMedium: 'the stream carries the other of audio and video; use another stream',
  sendBuffer: 'larger than Option.MAX_SEND_BUFFER; raise it, or send less',
  peerLimit: 'larger than the peer accepts; send less',
};

/** Logs why the core refused a send, except for BUSY. Returns the code. */
function explained({ native }: Instance, name: string, { length }: Uint8Array, code: number): number {
  if (code !== ErrorCode.INVALID_PARAMETER) return code;
  const refusal = REFUSALS[native.refusal()];
  const reason = (refusal && REASONS[refusal]) ?? 'invalid';
  return refuse(code, `${name}: ${length} bytes were refused: ${reason}`);
}

/** TiRtcRequestKeyFrame() and the four like it return 0 or a negative code. A refused subscription is logged. */
export const requestKeyFrame = requester('requestKeyFrame', PEER_REQUESTS.keyFrame);
export const subscribeVideo = requester('subscribeVideo', PEER_REQUESTS.subscribeVideo);
export const unsubscribeVideo = requester('unsubscribeVideo', PEER_REQUESTS.unsubscribeVideo);
export const subscribeAudio = requester('subscribeAudio', PEER_REQUESTS.subscribeAudio);
export const unsubscribeAudio = requester('unsubscribeAudio', PEER_REQUESTS.unsubscribeAudio);

function requester(name: string, request: number): (handle: Handle, streamId: number) => number {
  return (handle, streamId) =>
    withSdk((sdk) =>
      isWhole(streamId, MAX_STREAM)
        ? sdk.native.request(numberOf(handle), request, streamId)
        : refuseParameter(`${name}: ${wrongStream(streamId)}`),
    );
}

/** TiRtcConnSetVideoBitrateParams(), in bit/s: 0 < min <= start <= max. Returns 0 or a negative code. */
export function connSetVideoBitrateParams(
  handle: Handle,
  streamId: number,
  minBps: number,
  maxBps: number,
  startBps: number,
): number {
  return withSdk((sdk) => {
    if (!isWhole(streamId, MAX_STREAM)) return refuseParameter(`connSetVideoBitrateParams: ${wrongStream(streamId)}`);
    const areWhole = [minBps, maxBps, startBps].every((bps) => isWhole(bps, MAX_U32));
    if (!areWhole || minBps < 1 || minBps > startBps || startBps > maxBps) {
      return refuseParameter('connSetVideoBitrateParams: use whole numbers with 0 < minBps <= startBps <= maxBps');
    }
    const code = sdk.native.setBitrateRange(numberOf(handle), streamId, minBps, maxBps, startBps);
    if (code === 0) sdk.bitrateRanges.add(`${handle} ${streamId}`);
    return code;
  });
}

/** TiRtcConnSetVideoBitrateRequestCallback(); null removes the callback. Without a range, 64 kbit/s to 8 Mbit/s, from
 *  1 Mbit/s on, is assumed. Returns 0 or a negative code. */
export function connSetVideoBitrateRequestCallback(
  handle: Handle,
  streamId: number,
  callback: BitrateCallback | null,
  user?: unknown,
): number {
  return withSdk((sdk) => {
    if (!isWhole(streamId, MAX_STREAM)) {
      return refuseParameter(`connSetVideoBitrateRequestCallback: ${wrongStream(streamId)}`);
    }
    if (callback !== null && typeof callback !== 'function') {
      return refuseParameter('connSetVideoBitrateRequestCallback: the callback must be a function or null');
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
