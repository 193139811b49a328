import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { inspectForError, invalidParameter } from '../errors/index.js';
import type { Clock, Timer } from '../types/index.js';
import { isListed, loopbackList, plainAddress } from './addresses.js';
import { readProxyHeader } from './proxy_header.js';

/** A socket that has addresses, unless its network has none. */
type AddressedSocket = Duplex & {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
};

/** Finds the addresses of clients, also of those behind trusted proxies. What other peers say about addresses is ignored. */
export class ClientAddresses {
  /** The loopback addresses, and those of `trustedProxies`. */
  readonly #trusted: BlockList;
  /** By address and port of the proxy: a TLS socket does not name the socket below it, but has the same. */
  readonly #announced = new Map<string, string>();

  /** Throws INVALID_PARAMETER for an entry of `trustedProxies` that is malformed. */
  constructor(trustedProxies: readonly string[]) {
    this.#trusted = loopbackList();
    if (!Array.isArray(trustedProxies)) {
      throw invalidParameter(`the option trustedProxies is ${inspectForError(trustedProxies)}`, ADVICE);
    }
    for (const entry of trustedProxies) addTo(this.#trusted, entry);
  }

  /** Returns the address if its client has only a share of a limit; undefined if the client is on this machine, is a proxy, or
   *  has no address. */
  limited(address: string | undefined): string | undefined {
    return address === undefined || isListed(this.#trusted, address) ? undefined : address;
  }

  /** Returns the address of the client that opened a connection; undefined if the network has none. */
  ofSocket(socket: AddressedSocket): string | undefined {
    const { remoteAddress } = socket;
    return remoteAddress && (this.#announced.get(nameOf(socket)) ?? plainAddress(remoteAddress));
  }

  /** Returns the address of the client that sent a request; undefined if the network has none. It is the last entry of
   *  X-Forwarded-For that is not a proxy, because a proxy adds the address of its peer at the end. */
  ofRequest({ socket, headers }: IncomingMessage): string | undefined {
    let address = this.ofSocket(socket);
    const forwarded = headers['x-forwarded-for'];
    let rest = typeof forwarded === 'string' ? forwarded : '';
    while (address !== undefined && rest !== '' && isListed(this.#trusted, address)) {
      const comma = rest.lastIndexOf(',');
      const next = forwardedAddress(rest.slice(comma + 1));
      if (next === undefined) break;
      address = next;
      rest = rest.slice(0, Math.max(0, comma));
    }
    return address;
  }

  /** Take the header of the PROXY protocol from the beginning of a connection, if its peer is trusted and sends one; then call
   *  `ready`. A socket that does not send its first bytes in time, or sends a malformed header, is destroyed. */
  admit(socket: AddressedSocket, clock: Clock, timeoutMs: number, ready: () => void): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || !isListed(this.#trusted, remoteAddress)) {
      ready();
      return;
    }
    takeProxyHeader(
      socket,
      clock.startTimer(timeoutMs, () => socket.destroy()),
      (address) => {
        if (address !== undefined) {
          const name = nameOf(socket);
          this.#announced.set(name, address);
          socket.once('close', () => this.#announced.delete(name));
        }
        ready();
      },
    );
  }
}

/** Read from the beginning of a socket, put back what follows the header, and call `done` with the address in it. */
function takeProxyHeader(socket: Duplex, timer: Timer, done: (address: string | undefined) => void): void {
  let received: Buffer = Buffer.alloc(0);
  const stop = (): void => {
    timer.cancel();
    socket.off('readable', onReadable);
    socket.off('end', onEnd);
    socket.off('error', onEnd);
    socket.off('close', stop);
  };
  const onEnd = (): void => {
    stop();
    socket.destroy();
  };
  const onReadable = (): void => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    }
    if (received.length === 0) return;
    const header = readProxyHeader(received);
    if (header === 'incomplete') return;
    stop();
    if (header === 'invalid') {
      socket.destroy();
      return;
    }
    const rest = header === 'absent' ? received : received.subarray(header.bytes);
    if (rest.length > 0) socket.unshift(rest);
    done(header === 'absent' ? undefined : header.address);
  };
  socket.on('readable', onReadable);
  socket.on('end', onEnd);
  socket.on('error', onEnd);
  socket.on('close', stop);
}

function nameOf({ remoteAddress, remotePort }: AddressedSocket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Returns the IP address of an entry of X-Forwarded-For, which may have a port; undefined if it has none. */
function forwardedAddress(entry: string): string | undefined {
  const text = entry.trim();
  if (isIP(text) !== 0) return plainAddress(text);
  const [, bracketed, dotted] = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15}))(?::\d{1,5})?$/.exec(text) ?? [];
  const address = bracketed ?? dotted ?? '';
  return isIP(address) === 0 ? undefined : plainAddress(address);
}

const ADVICE = 'give a list of IP addresses and ranges, as ["192.0.2.10", "10.0.0.0/8"]';

function addTo(list: BlockList, entry: unknown): void {
  const [address = '', bits, ...more] = typeof entry === 'string' ? entry.split('/') : [];
  const version = isIP(address);
  const maxBits = version === 4 ? 32 : 128;
  const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits);
  if (version === 0 || !isRange || more.length > 0) {
    throw invalidParameter(`the trusted proxy ${inspectForError(entry)} is not an IP address or range`, ADVICE);
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}
