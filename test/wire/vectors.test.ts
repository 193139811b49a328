import { describe, expect, test } from 'vitest';
import { BYE_REASONS, byeInfo } from '../../lib/errors/index.js';
import {
  base64UrlDecode,
  base64UrlEncode,
  type Control,
  decodeCommand,
  decodeControl,
  decodeFrame,
  encodeCommand,
  encodeControl,
  encodeFrame,
  hostHeader,
  parseEndpoint,
  percentDecode,
  percentEncode,
  splitRemoteId,
  WireError,
} from '../../lib/wire/index.js';
import { type WireVector, wireVectors } from '../support/wire_vectors.js';

const title = (vector: WireVector): string => `line ${vector.line}: ${vector.mark} ${vector.kind}`;
const cases = (kind: string): readonly (readonly [string, WireVector])[] =>
  wireVectors(kind).map((vector) => [title(vector), vector]);

function limitsOf(vector: WireVector) {
  return {
    keepAliveMs: vector.number('keep_alive_ms'),
    silenceMs: vector.number('silence_ms'),
    maxMessageBytes: vector.number('max_message_bytes'),
  };
}

function expectedControl(vector: WireVector): Control {
  const type = vector.word('type') as Control['type'];
  switch (type) {
    case 'challenge':
      return { type, nonce: vector.bytes('nonce') };
    case 'proof':
      return { type, nonce: vector.bytes('nonce'), mac: vector.bytes('mac') };
    case 'started':
      return { type, mac: vector.bytes('mac'), ...limitsOf(vector) };
    case 'incoming':
      return {
        type,
        connection: vector.number('connection'),
        key: vector.bytes('key'),
        subject: vector.text('subject'),
      };
    case 'busy':
      return { type, connection: vector.number('connection') };
    case 'ready': {
      const ticket = vector.bytes('ticket');
      const ready = { type, ...limitsOf(vector), ticketLifetimeSeconds: vector.number('ticket_lifetime_s') };
      return ticket.length === 0 ? ready : { ...ready, ticket };
    }
    case 'bye':
      return { type, reason: vector.number('reason'), text: vector.text('text') };
  }
}

describe('the vectors of docs/wire.md', () => {
  test.each(cases('control'))('%s', (_, vector) => {
    const bytes = vector.bytes('bytes');
    const read = () => decodeControl(bytes.subarray(1));
    if (vector.mark === 'bad') return void expect(read).toThrow(WireError);
    if (vector.mark === 'ignored') return void expect(read()).toBeUndefined();
    expect(read()).toEqual(expectedControl(vector));
    if (vector.mark === 'exact') expect(encodeControl(expectedControl(vector))).toEqual(bytes);
  });

  test.each(cases('command'))('%s', (_, vector) => {
    const bytes = vector.bytes('bytes');
    const read = () => decodeCommand(bytes.subarray(1));
    if (vector.mark === 'bad') return void expect(read).toThrow(WireError);
    const body = { word: vector.number('word'), data: vector.bytes('data') };
    expect(read()).toEqual(body);
    expect(encodeCommand(body.word, body.data)).toEqual(bytes);
  });

  test.each(cases('frame'))('%s', (_, vector) => {
    const bytes = vector.bytes('bytes');
    const read = () => decodeFrame(bytes[0] ?? -1, bytes.subarray(1));
    if (vector.mark === 'bad') return void expect(read).toThrow(WireError);
    const frame = {
      stream: vector.number('stream'),
      media: vector.number('media'),
      flags: vector.number('flags'),
      reserved: vector.number('reserved'),
      timestampMs: vector.number('ts_ms'),
      data: vector.bytes('payload'),
    };
    expect(read()).toEqual(frame);
    expect(encodeFrame(frame)).toEqual(bytes);
    expect(bytes[0]).toBe(vector.number('channel'));
  });

  test.each(cases('bye'))('%s', (_, vector) => {
    const info = byeInfo(vector.number('reason'));
    expect(info.name).toBe(vector.word('name'));
    expect(info.connectionError).toBe(vector.number('connection_error'));
    expect(info.startError).toBe(vector.number('start_error'));
  });

  test('every reason of bye has a vector', () => {
    const exact = wireVectors('bye').filter((vector) => vector.mark === 'exact');
    expect(exact.map((vector) => vector.number('reason'))).toEqual(Object.values(BYE_REASONS));
  });

  test.each(cases('endpoint'))('%s', (_, vector) => {
    const read = () => parseEndpoint(vector.text('bytes'));
    if (vector.mark === 'bad') return void expect(read).toThrow(WireError);
    const endpoint = read();
    expect(endpoint.secure).toBe(vector.number('secure') === 1);
    expect(endpoint.host).toBe(vector.text('host'));
    expect(endpoint.port).toBe(vector.number('port'));
    expect(endpoint.prefix).toBe(vector.text('prefix'));
    expect(hostHeader(endpoint)).toBe(vector.text('authority'));
  });

  test.each(cases('remote_id'))('%s', (_, vector) => {
    const { deviceId, suffix } = splitRemoteId(vector.text('bytes'));
    expect(deviceId === '').toBe(vector.mark === 'bad');
    if (vector.mark === 'exact') expect([deviceId, suffix]).toEqual([vector.text('id'), vector.text('suffix')]);
  });

  test.each(cases('percent'))('%s', (_, vector) => {
    const read = () => percentDecode(vector.text('bytes'));
    if (vector.mark === 'bad') return void expect(read).toThrow(WireError);
    expect(read()).toBe(vector.text('text'));
    if (vector.mark === 'exact') expect(percentEncode(vector.text('text'))).toBe(vector.text('bytes'));
  });

  test.each(cases('base64url'))('%s', (_, vector) => {
    const read = () => base64UrlDecode(vector.text('bytes'));
    if (vector.mark === 'bad') return void expect(read).toThrow(WireError);
    expect(read()).toEqual(vector.bytes('data'));
    expect(base64UrlEncode(vector.bytes('data'))).toBe(vector.text('bytes'));
  });
});

describe('messages cut short', () => {
  const whole = (kind: string): readonly WireVector[] => wireVectors(kind).filter((vector) => vector.mark === 'exact');

  test('a frame cut at any byte is refused', () => {
    for (const vector of whole('frame')) {
      const bytes = vector.bytes('bytes');
      for (let end = 1; end < bytes.length; end++) {
        expect(() => decodeFrame(bytes[0] ?? -1, bytes.slice(1, end)), `${title(vector)} at ${end}`).toThrow(WireError);
      }
    }
  });

  test('a command without its whole word is refused', () => {
    for (const vector of whole('command')) {
      for (let end = 1; end < 5; end++) {
        expect(() => decodeCommand(vector.bytes('bytes').slice(1, end))).toThrow(WireError);
      }
    }
  });

  test('a control message cut at any byte is refused, or is a whole message with a shorter last field', () => {
    const fixedBytes = { incoming: 22, ready: 18, bye: 3 } as const;
    for (const vector of whole('control')) {
      const bytes = vector.bytes('bytes');
      const type = vector.word('type');
      for (let end = 1; end < bytes.length; end++) {
        const cut = bytes.slice(1, end);
        const fixed = type === 'incoming' || type === 'ready' || type === 'bye' ? fixedBytes[type] : bytes.length;
        const isWhole = type === 'ready' ? end === fixed : end >= fixed;
        if (isWhole) expect(decodeControl(cut), `${title(vector)} at ${end}`).toMatchObject({ type });
        else expect(() => decodeControl(cut), `${title(vector)} at ${end}`).toThrow(WireError);
      }
    }
  });
});
