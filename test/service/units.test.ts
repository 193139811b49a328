import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { ActiveFaults } from '../../lib/service/faults/active_faults.js';
import { FrameBatch } from '../../lib/service/frame_batch.js';
import { SimulatedService } from '../../lib/service/index.js';
import type { LinkEnd } from '../../lib/service/link.js';
import { LinkRegistry } from '../../lib/service/link_registry.js';
import { randomSource, serviceSettings } from '../../lib/service/options.js';
import { MemoryStore } from '../../lib/service/store/memory.js';
import { Tickets } from '../../lib/service/tickets.js';
import { FakeClock } from '../support/fake_clock.js';

describe('the options of a service', () => {
  test.each([
    [{ port: -1 }, 'the option port is -1'],
    [{ port: 65_536 }, '0 to 65535'],
    [{ maxMessageBytes: 63 }, 'maxMessageBytes'],
    [{ keepAliveMs: 0.5 }, 'keepAliveMs'],
    [{ host: '' }, 'host'],
    [{ pathPrefix: 'a b' }, 'pathPrefix'],
    [{ tokenUse: 'twice' }, 'use "once" or "until-expiry"'],
    [{ devices: { '': 'x' } }, '1 to 63 bytes'],
    [{ devices: { 'a\n': 'x' } }, 'control characters'],
    [{ devices: { a: '' } }, 'the secret key of the device "a"'],
    [{ devices: { a: 'x'.repeat(64) } }, '1 to 63 bytes'],
    [{ apps: { '': 'x' } }, 'an access id is empty'],
    [{ apps: { a: '' } }, 'the secret key of the access id "a"'],
    [{ devices: new Map([['a', 'x']]) }, 'the option devices is a Map or a list'],
    [{ devices: ['x'] }, 'the option devices is a Map or a list'],
    [{ devices: 5 }, 'the option devices is number'],
    [{ apps: 'x' }, 'the option apps is string'],
    [{ apps: null }, 'give an object of ids and secrets'],
    [{ keepalive: 7 }, 'did you mean "keepAliveMs"?'],
    [{ device: {} }, 'did you mean "devices"?'],
  ])('%j are refused with a message that contains: %s', (options, message) => {
    expect(() => new SimulatedService(options as never)).toThrow(message);
  });
});

test('a frame batch encodes all lengths as RFC 6455 requires', () => {
  const batch = new FrameBatch();
  const headers = [
    [1, '8201'],
    [125, '827d'],
    [126, '827e007e'],
    [65_535, '827effff'],
    [65_536, '827f0000000000010000'],
  ] as const;
  const expected = headers.map(([size, header]) => Buffer.concat([Buffer.from(header, 'hex'), Buffer.alloc(size, 7)]));
  for (const [size] of headers) batch.add(Buffer.alloc(size, 7));
  const whole = Buffer.concat(expected);
  expect(batch.bytes).toBe(whole.length);
  expect(Buffer.concat(batch.take()).equals(whole)).toBe(true);
  expect([batch.isEmpty, batch.bytes]).toEqual([true, 0]);
});

test('a seed always makes the same random bytes, and another seed makes others', () => {
  const [one, same, other, text] = [randomSource(1), randomSource(1), randomSource(2), randomSource('1')];
  const bytes = one(40);
  expect(bytes).toHaveLength(40);
  expect(same(40)).toEqual(bytes);
  expect(one(40)).not.toEqual(bytes);
  expect(other(40)).not.toEqual(bytes);
  expect(text(40)).not.toEqual(bytes);
});

test('a store keeps a bounded number of tickets, and removes the oldest first', () => {
  const clock = Object.assign(new FakeClock(), { wallMs: () => 0 });
  const store = new MemoryStore();
  const report = (error: unknown) => expect.unreachable(String(error));
  const tickets = new Tickets({ clock, random: randomSource(1), lifetimeSeconds: 10, store, report });
  const ticket = { deviceId: 'd', issuer: 'i', subject: 's' };
  const [first, second] = [tickets.issue(ticket), tickets.issue(ticket)];
  for (let i = 2; i < 100_001; i++) tickets.issue(ticket);
  expect(store.tickets).toBe(100_000);
  expect(tickets.find(first)).toBeUndefined();
  expect(tickets.find(second)).toMatchObject(ticket);
});

describe('silence', () => {
  /** Make a link over a socket whose counters the test changes. */
  function quietLink() {
    const clock = Object.assign(new FakeClock(), { wallMs: () => 0 });
    const ends: LinkEnd[] = [];
    const counters = { bytesRead: 0, bytesWritten: 0, writableLength: 0 };
    const ws = {
      isPaused: false,
      pings: 0,
      on: () => {},
      once: () => {},
      terminate: () => {},
      ping: () => void ws.pings++,
    };
    const socket = Object.defineProperties(new PassThrough(), {
      bytesRead: { get: () => counters.bytesRead },
      bytesWritten: { get: () => counters.bytesWritten },
      writableLength: { get: () => counters.writableLength },
    });
    const faults = { watch: () => {} } as unknown as ActiveFaults;
    const links = new LinkRegistry(serviceSettings({ clock, keepAliveMs: 4000, silenceMs: 12_000 }), faults);
    const request = {
      link: 'connect',
      peerId: '',
      suffix: '',
      credential: { kind: 'token', token: '' },
      maxMessageBytes: 64,
    } as const;
    const link = links.open(request, ws as unknown as WebSocket, socket);
    link.handle({ message: () => {}, ended: (end) => void ends.push(end) });
    return { clock, counters, ends, ws };
  }

  test('of 12 s ends a link, after pings were sent', () => {
    const { clock, ends, ws } = quietLink();
    clock.advance(11_500);
    expect([ends, ws.pings]).toEqual([[], 2]);
    clock.advance(1000);
    expect(ends).toEqual(['silent']);
    expect(clock.pendingTimers).toBeLessThanOrEqual(1);
  });

  test('is broken by a byte that arrives', () => {
    const { clock, counters, ends } = quietLink();
    clock.advance(11_000);
    counters.bytesRead += 1;
    clock.advance(12_000);
    expect(ends).toEqual([]);
    clock.advance(1000);
    expect(ends).toEqual(['silent']);
  });

  test('is not broken by bytes that the system accepts at once', () => {
    const { clock, counters, ends } = quietLink();
    for (let second = 0; second < 13; second++) {
      counters.bytesWritten += 100;
      clock.advance(1000);
    }
    expect(ends).toEqual(['silent']);
  });

  test('is broken by bytes that waited and then left', () => {
    const { clock, counters, ends } = quietLink();
    counters.bytesWritten = 100_000;
    counters.writableLength = 100_000;
    for (let second = 0; second < 30; second++) {
      counters.writableLength -= 1000;
      clock.advance(1000);
    }
    expect(ends).toEqual([]);
    clock.advance(13_000);
    expect(ends).toEqual(['silent']);
  });

  test('does not count while the link is paused', () => {
    const { clock, ends, ws } = quietLink();
    ws.isPaused = true;
    clock.advance(60_000);
    expect(ends).toEqual([]);
    ws.isPaused = false;
    clock.advance(12_500);
    expect(ends).toEqual(['silent']);
  });
});
