import { BlockList, isIP, isIPv6, SocketAddress } from 'node:net';

/** Make a list of the addresses of this machine's loopback interface. */
export function loopbackList(): BlockList {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8);
  list.addAddress('::1', 'ipv6');
  return list;
}

/** Returns whether an IP address is on a list. A name is on none. */
export function isListed(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

const LOOPBACK = loopbackList();

/** Returns whether only programs on this machine can reach a server that listens at this host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || isListed(LOOPBACK, host);
}

/** Returns whether a server that listens at this host listens at all addresses of the machine. */
export function isAnyAddress(host: string): boolean {
  if (isIPv6(host)) return new SocketAddress({ address: host, family: 'ipv6' }).address === '::';
  return host === '0.0.0.0';
}

/** Returns the host by which programs on this machine reach a server that listens at `host`. */
export function reachableHost(host: string): string {
  if (!isAnyAddress(host)) return host;
  return isIPv6(host) ? '::1' : '127.0.0.1';
}

/** Returns an IP address of 4 or 16 bytes as text. */
export function addressOfBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return plainAddress(groups.join(':'));
}

const MAPPED = /^::ffff:(?:([0-9.]+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/;

/** Returns an IP address in its usual spelling; one of IPv4 that is written as IPv6 in that of IPv4. */
export function plainAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const plain = new SocketAddress({ address: address.split('%', 1)[0] ?? '', family: 'ipv6' }).address;
  const [, dotted, high, low] = MAPPED.exec(plain) ?? [];
  if (dotted !== undefined) return dotted;
  if (high === undefined || low === undefined) return plain;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 0xff, b >> 8, b & 0xff].join('.');
}

const GROUPS_OF_NETWORK = 4;

/** Returns the network that one customer of a provider usually has: an IPv4 address, or the first 64 bits of one of IPv6. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [before = '', after] = plain.split('::', 2);
  const groups = before === '' ? [] : before.split(':');
  const missing = after === undefined ? 0 : 8 - groups.length - (after === '' ? 0 : after.split(':').length);
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(after ?? '').split(':')];
  return `${all.slice(0, GROUPS_OF_NETWORK).join(':')}::/64`;
}
