import { checkInteger } from '../base/index.js';
import { inspectForError, invalidParameter, suggest } from '../errors/index.js';
import type { CommandWord, OutgoingFrame } from '../types/index.js';
import * as wire from '../wire/index.js';

const NO_BYTES = new Uint8Array(0);

/** Returns whether the memory of `data` was transferred, by structuredClone() or postMessage(). */
export function isDetached(data: Uint8Array): boolean {
  if (data.length > 0) return false;
  try {
    new Uint8Array(data.buffer); /* Node 20 has no ArrayBuffer.prototype.detached */
    return false;
  } catch {
    return true;
  }
}

/** Returns the bytes to send. */
export function checkData(data: Uint8Array | string | undefined): Uint8Array {
  if (data === undefined) return NO_BYTES;
  if (typeof data === 'string') return new TextEncoder().encode(data);
  if (data instanceof Uint8Array) {
    if (!isDetached(data)) return data;
    throw invalidParameter('the memory of data was transferred', 'send the data before that, or send a copy');
  }
  const what = `data must be a Uint8Array or a string, got ${typeof data}`;
  throw invalidParameter(what, 'convert it, for example with JSON.stringify()');
}

const KINDS: readonly wire.MediaClass[] = ['video', 'audio', 'message'];

export function checkKind(call: string, kind: wire.MediaClass): wire.MediaClass {
  if (KINDS.includes(kind)) return kind;
  const advice = suggest(typeof kind === 'string' ? kind : '', KINDS);
  throw invalidParameter(`${call}: kind ${inspectForError(kind)} does not exist`, advice);
}

export function checkStream(stream: number): number {
  return checkInteger('stream', stream, 0, wire.MAX_STREAMS - 1);
}

export function checkCommand(command: number): number {
  return checkInteger('command', command, 0, wire.MAX_COMMAND, 'use 0x4000 to 0x7fff (0 to 0x7fff is possible)');
}

export function checkCommandWord(word: CommandWord): number {
  const value = typeof word === 'object' && word !== null ? makeWord(word.command, word.sequenceNumber) : word;
  checkInteger('command word', value, 0, 0xffff_ffff, 'use makeCommandWord(command, sequenceNumber)');
  if (!wire.isReservedCommandWord(value)) return value;
  const advice = 'use words from 0x2000 on; commands 0x4000 to 0x7fff are for programs';
  throw invalidParameter(`command word 0x${value.toString(16)} belongs to the SDK`, advice);
}

function makeWord(command: number, sequenceNumber: number): number {
  checkInteger('sequenceNumber', sequenceNumber, 0, wire.MAX_SEQUENCE_NUMBER);
  return wire.makeCommandWord(checkCommand(command), sequenceNumber);
}

const MEDIA_OF: Readonly<Record<wire.MediaClass, string>> = {
  message: 'media 0',
  audio: 'a media value of 1 to 64',
  video: 'a media value of 65 to 127',
};

/** Returns the frame with its defaults; throws INVALID_PARAMETER. */
export function checkFrame(frame: OutgoingFrame, kind: wire.MediaClass): wire.FrameBody {
  if (typeof frame !== 'object' || frame === null) {
    const advice = 'give an object with stream, timestampMs and data';
    throw invalidParameter(`a ${kind} frame is ${inspectForError(frame)}`, advice);
  }
  const { stream, media, flags = 0, reserved = 0, timestampMs, data } = frame;
  if (wire.mediaClass(media) !== kind) {
    const advice = `pass ${MEDIA_OF[kind]}, or use another method to send`;
    throw invalidParameter(`media ${inspectForError(media)} is not ${kind}`, advice);
  }
  checkInteger('flags', flags, 0, 0xff);
  checkInteger('reserved', reserved, 0, 0xff);
  if (!Number.isFinite(timestampMs)) {
    throw invalidParameter(`timestampMs is ${inspectForError(timestampMs)}`, 'pass the capture time in ms, a number');
  }
  // Text is only for commands: binary data that was read as text is damaged.
  if (!(data instanceof Uint8Array)) {
    const what = `data of a ${kind} frame must be a Uint8Array, got ${typeof data}`;
    throw invalidParameter(what, 'give a Uint8Array or a Buffer; it may be empty');
  }
  checkStream(stream);
  return { stream, media, flags, reserved, timestampMs: timestampMs >>> 0, data: checkData(data) };
}
