import { inspectForError, invalidParameter, suggest } from '../errors/index.js';
import type { CommandWord, OutgoingFrame } from '../types/index.js';
import {
  type FrameBody,
  isReservedCommandWord,
  MAX_COMMAND,
  MAX_SEQUENCE_NUMBER,
  MAX_STREAMS,
  type MediaClass,
  makeCommandWord,
  mediaClass,
} from '../wire/index.js';

const NO_BYTES = new Uint8Array(0);

function inRange(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

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
    throw invalidParameter(
      'the memory of data was transferred',
      'send the data before you transfer it, or send a copy',
    );
  }
  throw invalidParameter(
    `data must be a Uint8Array or a string, got ${typeof data}`,
    'convert it, for example with JSON.stringify()',
  );
}

const KINDS: readonly MediaClass[] = ['video', 'audio', 'message'];

export function checkKind(call: string, kind: MediaClass): MediaClass {
  if (KINDS.includes(kind)) return kind;
  throw invalidParameter(
    `${call}: kind ${inspectForError(kind)} does not exist`,
    suggest(typeof kind === 'string' ? kind : '', KINDS),
  );
}

export function checkStream(stream: number): number {
  if (inRange(stream, MAX_STREAMS - 1)) return stream;
  throw invalidParameter(
    `stream ${inspectForError(stream)} does not exist`,
    `use an integer from 0 to ${MAX_STREAMS - 1}`,
  );
}

export function checkCommand(command: number): number {
  if (inRange(command, MAX_COMMAND)) return command;
  throw invalidParameter(
    `command ${inspectForError(command)} is out of range`,
    'use 0x4000 to 0x7fff (0 to 0x7fff is possible)',
  );
}

export function checkCommandWord(word: CommandWord): number {
  const value = typeof word === 'object' && word !== null ? makeWord(word.command, word.sequenceNumber) : word;
  if (!inRange(value, 0xffff_ffff)) {
    throw invalidParameter(
      `command word ${inspectForError(value)} is invalid`,
      'use makeCommandWord(command, sequenceNumber)',
    );
  }
  if (isReservedCommandWord(value)) {
    throw invalidParameter(
      `command word 0x${value.toString(16)} belongs to the SDK`,
      'use words from 0x2000 on; commands 0x4000 to 0x7fff are for programs',
    );
  }
  return value;
}

function makeWord(command: number, sequenceNumber: number): number {
  if (!inRange(sequenceNumber, MAX_SEQUENCE_NUMBER)) {
    throw invalidParameter(`sequence number ${inspectForError(sequenceNumber)} is out of range`, 'use 0 to 0xffff');
  }
  return makeCommandWord(checkCommand(command), sequenceNumber);
}

/** Returns the frame with its defaults; throws INVALID_PARAMETER. */
export function checkFrame(frame: OutgoingFrame, kind: MediaClass): FrameBody {
  if (typeof frame !== 'object' || frame === null) {
    throw invalidParameter(
      `a ${kind} frame is ${inspectForError(frame)}`,
      'give an object with stream, timestampMs and data',
    );
  }
  const { media, flags = 0, reserved = 0, timestampMs } = frame;
  if (mediaClass(media) !== kind) {
    const expected = { message: 'media 0', audio: 'a media value of 1 to 64', video: 'a media value of 65 to 127' }[
      kind
    ];
    throw invalidParameter(
      `media ${inspectForError(media)} is not ${kind}`,
      `pass ${expected}, or use another method to send`,
    );
  }
  if (!inRange(flags, 0xff) || !inRange(reserved, 0xff)) {
    throw invalidParameter(
      `flags ${inspectForError(flags)} and reserved ${inspectForError(reserved)} must fit a byte`,
      'use 0 to 255',
    );
  }
  if (!Number.isFinite(timestampMs)) {
    throw invalidParameter(
      `timestampMs ${inspectForError(timestampMs)} is not a number`,
      'pass the capture time in ms',
    );
  }
  // Text is only for commands: binary data that was read as text is damaged.
  if (!(frame.data instanceof Uint8Array)) {
    const what = `data of a ${kind} frame must be a Uint8Array, got ${typeof frame.data}`;
    throw invalidParameter(what, 'give a Uint8Array or a Buffer; it may be empty');
  }
  return {
    stream: checkStream(frame.stream),
    media,
    flags,
    reserved,
    timestampMs: timestampMs >>> 0,
    data: checkData(frame.data),
  };
}
