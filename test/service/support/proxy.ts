import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv4 } from 'node:net';
import type { ServiceNetwork } from '../../../lib/service/index.js';

export interface ProxyHeaderFields {
  readonly address?: string;
  /** 1: PROXY, 0: LOCAL. */
  readonly command?: number;
  /** Default: that of the address. */
  readonly family?: number;
  /** Bytes behind the addresses. */
  readonly more?: Buffer;
}

/** Make a header of the PROXY protocol, version 2. */
export function proxyHeader({ address, command = 1, family, more = Buffer.alloc(0) }: ProxyHeaderFields): Buffer {
  const source = address === undefined ? Buffer.alloc(0) : bytesOf(address);
  const ports = address === undefined ? Buffer.alloc(0) : Buffer.from([0x12, 0x34, 0x00, 0x50]);
  const body = Buffer.concat([source, Buffer.alloc(source.length), ports, more]);
  const found = family ?? (source.length === 4 ? 1 : 2);
  const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
  return Buffer.concat([
    signature,
    Buffer.from([0x20 | command, (found << 4) | 1, body.length >> 8, body.length & 255]),
    body,
  ]);
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [before = '', after = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [head, tail] = [groups(before), groups(after)];
  const all = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

/** Returns TCP on this machine whose clients seem to have the address that `addressOf` returns. */
export function tcpFrom(addressOf: () => string): ServiceNetwork {
  return {
    listen: async (host, port, take) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        Object.defineProperty(socket, 'remoteAddress', { value: addressOf() });
        take(socket);
      });
      server.listen(port, host);
      await once(server, 'listening');
      return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
    },
  };
}
