import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { addressOfBytes, isAnyAddress, isLoopback, networkOf, plainAddress } from '../../lib/service/addresses.js';
import { ClientAddresses } from '../../lib/service/client_addresses.js';
import { FairLimit } from '../../lib/service/fair_limit.js';
import { MAX_PROXY_HEADER_BYTES, readProxyHeader } from '../../lib/service/proxy_header.js';
import { proxyHeader } from './support/index.js';

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['not an address', 'not an address'],
  ])('%s is written as %s', (given, plain) => {
    expect(plainAddress(given)).toBe(plain);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['::1:2:3:4:5', '0:0:0:1::/64'],
    ['::', '0:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is in the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test('of 4 or 16 bytes is written as text', () => {
    expect(addressOfBytes(Uint8Array.of(192, 0, 2, 255))).toBe('192.0.2.255');
    expect(addressOfBytes(Buffer.from('20010db8000000000000000000000001', 'hex'))).toBe('2001:db8::1');
    expect(addressOfBytes(Buffer.from('00000000000000000000ffffc0000201', 'hex'))).toBe('192.0.2.1');
  });

  test.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', 'localhost'])('%s is of this machine', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  test.each(['0.0.0.0', '192.0.2.1', '::', 'example.com', '128.0.0.1'])('%s is not of this machine alone', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  test('0.0.0.0 and every spelling of :: mean all addresses', () => {
    expect(['0.0.0.0', '::', '::0', '0:0:0:0:0:0:0:0'].map(isAnyAddress)).toEqual([true, true, true, true]);
    expect(['127.0.0.1', '::1', 'localhost'].map(isAnyAddress)).toEqual([false, false, false]);
  });
});

describe('a header of the PROXY protocol', () => {
  const ipv4 = proxyHeader({ address: '192.0.2.7' });
  const changed = (at: number, value: number) => Buffer.from(ipv4.map((byte, i) => (i === at ? value : byte)));

  test.each([
    ['IPv4', ipv4, '192.0.2.7'],
    ['IPv6', proxyHeader({ address: '2001:db8::7' }), '2001:db8::7'],
    ['IPv4 with further fields', proxyHeader({ address: '192.0.2.7', more: Buffer.alloc(300) }), '192.0.2.7'],
    ['a connection of the proxy itself', proxyHeader({ address: '192.0.2.7', command: 0 }), undefined],
    ['a Unix socket', proxyHeader({ family: 3, more: Buffer.alloc(216) }), undefined],
    ['an unknown family', proxyHeader({ family: 0 }), undefined],
  ])('for %s is read at every length', (_, header, address) => {
    for (let length = 0; length < header.length; length++) {
      expect(readProxyHeader(header.subarray(0, length))).toBe('incomplete');
    }
    const read = { bytes: header.length, address };
    expect(readProxyHeader(header)).toEqual(read);
    expect(readProxyHeader(Buffer.concat([header, Buffer.from('GET /')]))).toEqual(read);
  });

  test.each([
    ['another version', changed(12, 0x11)],
    ['an unknown command', changed(12, 0x22)],
    ['too few bytes for its addresses', changed(15, 11)],
    ['more bytes than are read', changed(14, MAX_PROXY_HEADER_BYTES >> 8)],
  ])('with %s is invalid', (_, header) => {
    expect(readProxyHeader(header)).toBe('invalid');
  });

  test.each(['GET / HTTP/1.1', '\r\n\r\n\0\r\nQUIT!', '\x16\x03\x01', 'PROXY TCP4 192.0.2.1'])('is not %j', (text) => {
    expect(readProxyHeader(Buffer.from(text, 'latin1'))).toBe('absent');
  });
});

describe('the client of a request', () => {
  const addressOf = (remoteAddress: string | undefined, forwarded?: string) => {
    const socket = { remoteAddress, remotePort: 1 };
    const message = { socket, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage;
    return new ClientAddresses(['192.0.2.0/24', '2001:db8::/32']).ofRequest(message);
  };

  test.each([
    ['198.51.100.1', undefined, '198.51.100.1', 'is its peer'],
    ['198.51.100.1', '203.0.113.5', '198.51.100.1', 'is its peer, which is not trusted'],
    ['192.0.2.1', undefined, '192.0.2.1', 'is the proxy if the header is missing'],
    ['192.0.2.1', '203.0.113.5', '203.0.113.5', 'is the one that a trusted proxy names'],
    ['127.0.0.1', '203.0.113.5', '203.0.113.5', 'is the one that a proxy on this machine names'],
    [
      '::ffff:192.0.2.1',
      '203.0.113.5',
      '203.0.113.5',
      'is the one that a trusted proxy names over a dual-stack socket',
    ],
    ['192.0.2.1', '10.9.9.9, 203.0.113.5', '203.0.113.5', 'is the last one, because the client may send the others'],
    ['192.0.2.1', '203.0.113.5 ,2001:db8::2,192.0.2.2', '203.0.113.5', 'is the last one that is not a proxy'],
    ['192.0.2.1', '192.0.2.3, 192.0.2.2', '192.0.2.3', 'is the first proxy if all are proxies'],
    ['192.0.2.1', '203.0.113.5:4711', '203.0.113.5', 'may have a port'],
    ['192.0.2.1', '[2001:db9::5]:4711', '2001:db9::5', 'may have a port after IPv6'],
    ['192.0.2.1', '203.0.113.5, unknown', '192.0.2.1', 'is the proxy if the last entry is not an address'],
    ['192.0.2.1', ', ,', '192.0.2.1', 'is the proxy if the entries are empty'],
    [undefined, '203.0.113.5', undefined, 'is unknown if the network has no addresses'],
  ])('from %s with X-Forwarded-For %s is %s: it %s', (peer, forwarded, client, _) => {
    expect(addressOf(peer, forwarded)).toBe(client);
  });

  test('is found in a header of the greatest size', () => {
    expect(addressOf('192.0.2.1', `203.0.113.5${',192.0.2.2'.repeat(1600)}`)).toBe('203.0.113.5');
  });

  test.each(['proxy.test', '192.0.2.0/33', '192.0.2.0/', '192.0.2.0/1/1', '2001:db8::/129', '', 5])(
    'cannot be found with the proxy %s',
    (entry) => {
      expect(() => new ClientAddresses([entry as string])).toThrow('is not an IP address or range');
    },
  );
});

describe('a limit that is shared out', () => {
  const taken = (limit: FairLimit, address: string | undefined, count: number) =>
    Array.from({ length: count }, () => limit.take(address)).filter((shortage) => shortage === undefined).length;

  test('lets one network take three quarters, and each further one its share', () => {
    const limit = new FairLimit(256);
    expect(taken(limit, '192.0.2.1', 300)).toBe(193);
    expect(taken(limit, '192.0.2.2', 300)).toBe(4);
    expect(taken(limit, '2001:db8::1', 3)).toBe(3);
    expect(taken(limit, '2001:db8::2', 3)).toBe(1);
    expect(limit.take('2001:db8::3')).toBe('201 already, of which 4 are from 2001:db8:0:0::/64');
  });

  test('lets a client without a share take all', () => {
    const limit = new FairLimit(256);
    expect(taken(limit, undefined, 300)).toBe(256);
    expect(limit.take(undefined)).toBe('256 already');
  });

  test('gives released places to others', () => {
    const limit = new FairLimit(256);
    taken(limit, '192.0.2.1', 193);
    for (let i = 0; i < 193; i++) limit.release('192.0.2.1');
    expect(taken(limit, '192.0.2.2', 300)).toBe(193);
  });

  test('has at least one place for a network', () => {
    const limit = new FairLimit(2);
    expect(taken(limit, '192.0.2.1', 9)).toBe(2);
  });
});
