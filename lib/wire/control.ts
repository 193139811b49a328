import { BYE_REASONS, byeInfo } from '../errors/index.js';
import {
  ACCEPT_KEY_BYTES,
  CHANNEL_CONTROL,
  MAC_BYTES,
  MAX_BYE_TEXT_BYTES,
  MAX_SUBJECT_BYTES,
  MIN_MAX_MESSAGE_BYTES,
  NONCE_BYTES,
  TICKET_BYTES,
  WireError,
} from './protocol.js';

/** The limits that both ends of a link keep. */
export interface Limits {
  readonly keepAliveMs: number;
  readonly silenceMs: number;
  readonly maxMessageBytes: number;
}

/** The messages of channel 255, docs/wire.md section 3. */
export type Control =
  | { readonly type: 'challenge'; readonly nonce: Uint8Array }
  | { readonly type: 'proof'; readonly nonce: Uint8Array; readonly mac: Uint8Array }
  | ({ readonly type: 'started'; readonly mac: Uint8Array } & Limits)
  | { readonly type: 'incoming'; readonly connection: number; readonly key: Uint8Array; readonly subject: string }
  | { readonly type: 'busy'; readonly connection: number }
  /** The device receives no `ticket`. */
  | ({ readonly type: 'ready'; readonly ticketLifetimeSeconds: number; readonly ticket?: Uint8Array } & Limits)
  | { readonly type: 'bye'; readonly reason: number; readonly text: string };

export type ControlType = Control['type'];

const TYPES: readonly (ControlType | undefined)[] = [
  undefined,
  'challenge',
  'proof',
  'started',
  'incoming',
  'busy',
  'ready',
  'bye',
];

class Writer {
  readonly #parts: Uint8Array[] = [];

  bytes(value: Uint8Array, expected: number = value.length): this {
    if (value.length !== expected) throw new WireError(`a field has ${value.length} bytes instead of ${expected}`);
    this.#parts.push(value);
    return this;
  }

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  u32(value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    return this.bytes(bytes);
  }

  limits(limits: Limits): this {
    return this.u32(limits.keepAliveMs).u32(limits.silenceMs).u32(limits.maxMessageBytes);
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of this.#parts) {
      out.set(part, offset);
      offset += part.length;
    }
    return out;
  }
}

class Reader {
  readonly #body: Uint8Array;
  readonly #type: ControlType;
  #offset = 1;

  constructor(body: Uint8Array, type: ControlType) {
    this.#body = body;
    this.#type = type;
  }

  bytes(count: number): Uint8Array {
    const end = this.#offset + count;
    if (end > this.#body.length) throw new WireError(`${this.#type}: ${this.#body.length} bytes are too few`);
    // Not slice(): on a Buffer of Node it returns a view, not a copy.
    const value = new Uint8Array(this.#body.subarray(this.#offset, end));
    this.#offset = end;
    return value;
  }

  u8(): number {
    return this.bytes(1)[0] ?? 0;
  }

  u32(): number {
    return new DataView(this.bytes(4).buffer).getUint32(0);
  }

  rest(maxBytes: number): Uint8Array {
    const remaining = this.#body.length - this.#offset;
    if (remaining > maxBytes) throw new WireError(`${this.#type}: ${remaining - maxBytes} bytes too many`);
    return this.bytes(remaining);
  }

  text(maxBytes: number): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.rest(maxBytes));
  }

  limits(): Limits {
    const [keepAliveMs, silenceMs, maxMessageBytes] = [this.u32(), this.u32(), this.u32()];
    if (keepAliveMs < 1 || silenceMs < 1 || maxMessageBytes < MIN_MAX_MESSAGE_BYTES) {
      throw new WireError(
        `${this.#type}: the limits ${keepAliveMs} ms, ${silenceMs} ms, ${maxMessageBytes} B are not valid`,
      );
    }
    return { keepAliveMs, silenceMs, maxMessageBytes };
  }

  end<T>(value: T): T {
    this.rest(0);
    return value;
  }
}

/** Returns `text` in UTF-8, cut at the end of a character to at most `maxBytes`. */
function utf8(text: string, maxBytes: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return bytes;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

/** Returns a whole message, channel byte included. A `bye` text that is too long is cut; other fields must fit. */
export function encodeControl(control: Control): Uint8Array<ArrayBuffer> {
  const out = new Writer().u8(CHANNEL_CONTROL).u8(TYPES.indexOf(control.type));
  switch (control.type) {
    case 'challenge':
      return out.bytes(control.nonce, NONCE_BYTES).finish();
    case 'proof':
      return out.bytes(control.nonce, NONCE_BYTES).bytes(control.mac, MAC_BYTES).finish();
    case 'started':
      return out.bytes(control.mac, MAC_BYTES).limits(control).finish();
    case 'incoming': {
      const subject = new TextEncoder().encode(control.subject);
      if (subject.length > MAX_SUBJECT_BYTES) throw new WireError(`a subject of ${subject.length} bytes is too long`);
      return out.u32(control.connection).bytes(control.key, ACCEPT_KEY_BYTES).bytes(subject).finish();
    }
    case 'busy':
      return out.u32(control.connection).finish();
    case 'ready':
      out.limits(control).u32(control.ticketLifetimeSeconds);
      return control.ticket === undefined ? out.finish() : out.bytes(control.ticket, TICKET_BYTES).finish();
    case 'bye':
      return out.u8(control.reason).bytes(utf8(control.text, MAX_BYE_TEXT_BYTES)).finish();
  }
}

function decodeReady(reader: Reader): Control {
  const limits = reader.limits();
  const ticketLifetimeSeconds = reader.u32();
  const ticket = reader.rest(TICKET_BYTES);
  if (ticket.length === 0) return { type: 'ready', ...limits, ticketLifetimeSeconds };
  if (ticket.length !== TICKET_BYTES)
    throw new WireError(`ready: the ticket has ${ticket.length} bytes instead of ${TICKET_BYTES}`);
  return { type: 'ready', ...limits, ticketLifetimeSeconds, ticket };
}

/** Reads the body of a message on channel 255, of either direction. Returns undefined for an unknown type, which is to be
 *  ignored. Fields are copied; an unknown reason of `bye` becomes `other`. */
export function decodeControl(body: Uint8Array): Control | undefined {
  const first = body[0];
  if (first === undefined) throw new WireError('a control message has no type');
  const type = TYPES[first];
  if (type === undefined) return undefined;
  const reader = new Reader(body, type);
  switch (type) {
    case 'challenge':
      return reader.end({ type, nonce: reader.bytes(NONCE_BYTES) });
    case 'proof':
      return reader.end({ type, nonce: reader.bytes(NONCE_BYTES), mac: reader.bytes(MAC_BYTES) });
    case 'started':
      return reader.end({ type, mac: reader.bytes(MAC_BYTES), ...reader.limits() });
    case 'incoming':
      return {
        type,
        connection: reader.u32(),
        key: reader.bytes(ACCEPT_KEY_BYTES),
        subject: reader.text(MAX_SUBJECT_BYTES),
      };
    case 'busy':
      return reader.end({ type, connection: reader.u32() });
    case 'ready':
      return decodeReady(reader);
    case 'bye':
      return { type, reason: byeInfo(reader.u8()).reason, text: reader.text(MAX_BYE_TEXT_BYTES) };
  }
}

/** Returns a whole `bye` message. */
export function encodeBye(name: keyof typeof BYE_REASONS, text = ''): Uint8Array<ArrayBuffer> {
  return encodeControl({ type: 'bye', reason: BYE_REASONS[name], text });
}
