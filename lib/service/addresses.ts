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
