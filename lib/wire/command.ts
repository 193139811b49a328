import { CHANNEL_COMMAND, COMMAND_HEADER_BYTES, WireError } from './protocol.js';

/** Words below this one belong to the SDK; programs never see them. */
export const FIRST_PROGRAM_WORD = 0x2000;
export const MAX_COMMAND = 0x7fff;
export const MAX_SEQUENCE_NUMBER = 0xffff;

/** Returns a command word: bit 0 response, bits 1..15 command, bits 16..31 sequence number. */
export function makeCommandWord(command: number, sequenceNumber: number): number {
  return (((sequenceNumber & MAX_SEQUENCE_NUMBER) << 16) | ((command << 1) & 0xffff)) >>> 0;
}

export function commandOf(word: number): number {
  return (word >>> 1) & MAX_COMMAND;
}

export function sequenceNumberOf(word: number): number {
  return word >>> 16;
}

export function isResponse(word: number): boolean {
  return (word & 1) === 1;
}

/** Returns the word of the response to `word`. */
export function toResponseWord(word: number): number {
  return (word | 1) >>> 0;
}

/** Returns the word of the request that `word` responds to. */
export function toRequestWord(word: number): number {
  return (word & ~1) >>> 0;
}

export function isReservedCommandWord(word: number): boolean {
  return word < FIRST_PROGRAM_WORD;
}

export interface CommandBody {
  readonly word: number;
  /** A view of the message. */
  readonly data: Uint8Array;
}

/** Returns a whole message, channel byte included. */
export function encodeCommand(word: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(1 + COMMAND_HEADER_BYTES + data.length);
  message[0] = CHANNEL_COMMAND;
  new DataView(message.buffer).setUint32(1, word, true);
  message.set(data, 1 + COMMAND_HEADER_BYTES);
  return message;
}

/** Reads the body of a message on channel 0. */
export function decodeCommand(body: Uint8Array): CommandBody {
  if (body.length < COMMAND_HEADER_BYTES) throw new WireError(`a command of ${body.length} bytes has no command word`);
  const word = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0, true);
  return { word, data: body.subarray(COMMAND_HEADER_BYTES) };
}
