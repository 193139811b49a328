import fc from 'fast-check';
import {
  type Control,
  encodeCommand,
  encodeControl,
  encodeFrame,
  type FrameBody,
  MAX_STREAMS,
} from '../../lib/wire/index.js';

export const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u8 = fc.integer({ min: 0, max: 255 });

export const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

const limits = {
  keepAliveMs: fc.integer({ min: 1, max: 0xffff_ffff }),
  silenceMs: fc.integer({ min: 1, max: 0xffff_ffff }),
  maxMessageBytes: fc.integer({ min: 64, max: 0xffff_ffff }),
};

/** Text that UTF-8 can express: no lone surrogates. */
export const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });

/** Any valid control message. A subject has at most 1024 bytes, a `bye` text at most 200. */
export const control: fc.Arbitrary<Control> = fc.oneof(
  fc.record({ type: fc.constant('challenge' as const), nonce: bytesOf(32) }),
  fc.record({ type: fc.constant('proof' as const), nonce: bytesOf(32), mac: bytesOf(32) }),
  fc.record({ type: fc.constant('started' as const), mac: bytesOf(32), ...limits }),
  fc.record({ type: fc.constant('incoming' as const), connection: u32, key: bytesOf(16), subject: text(256) }),
  fc.record({ type: fc.constant('busy' as const), connection: u32 }),
  fc.record({ type: fc.constant('ready' as const), ...limits, ticketLifetimeSeconds: u32 }),
  fc.record({ type: fc.constant('ready' as const), ...limits, ticketLifetimeSeconds: u32, ticket: bytesOf(32) }),
  fc.record({ type: fc.constant('bye' as const), reason: fc.integer({ min: 1, max: 11 }), text: text(50) }),
);

/** Any valid frame. */
export const frame: fc.Arbitrary<FrameBody> = fc.record({
  stream: fc.integer({ min: 0, max: MAX_STREAMS - 1 }),
  media: fc.integer({ min: 0, max: 127 }),
  flags: u8,
  reserved: u8,
  timestampMs: u32,
  data: fc.uint8Array({ maxLength: 300 }),
});

/** Any command: its word and data. */
export const command = fc.tuple(u32, fc.uint8Array({ maxLength: 300 }));

/** A whole message as a sender with a fault, or an attacker, sends it: valid, then cut, extended or with a byte changed; or
 *  any bytes. */
export const message: fc.Arbitrary<Uint8Array> = fc.oneof(
  spoiled(control.map((value): Uint8Array => encodeControl(value))),
  spoiled(frame.map((value): Uint8Array => encodeFrame(value))),
  spoiled(command.map(([word, data]): Uint8Array => encodeCommand(word, data))),
  fc.uint8Array({ maxLength: 100 }),
);

function spoiled(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const faults = fc.constantFrom('none', 'cut', 'longer', 'changed');
  return fc.tuple(valid, faults, fc.nat(), u8).map(([bytes, fault, at, value]) => {
    if (fault === 'cut') return bytes.slice(0, at % (bytes.length + 1));
    if (fault === 'longer') return Uint8Array.of(...bytes, value);
    if (fault === 'none') return bytes;
    // Most rules are about the first bytes.
    const changed = Uint8Array.from(bytes);
    changed[at % Math.min(changed.length, 48)] = value;
    return changed;
  });
}
