import { addressOfBytes } from './addresses.js';

/** The header with which a proxy begins a connection (HAProxy's PROXY protocol, version 2, section 2.2). */
export interface ProxyHeader {
  /** Number of its bytes. */
  readonly bytes: number;
  /** The address of the client; undefined for a connection of the proxy itself, or one without IP addresses. */
  readonly address: string | undefined;
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED_BYTES = 16;
/** The header may contain fields that this reader skips. No proxy is known to send as much. */
export const MAX_PROXY_HEADER_BYTES = 2048;

const VERSION_2 = 2;
const COMMAND_LOCAL = 0;
const COMMAND_PROXY = 1;
/** Bytes of an address, and of both addresses with their ports, by family. */
const FAMILIES: Readonly<Record<number, { readonly address: number; readonly all: number }>> = {
  1: { address: 4, all: 12 },
  2: { address: 16, all: 36 },
};

/** Read the header at the beginning of a connection. `absent`: the connection begins with something else; `incomplete`: more
 *  bytes are needed; `invalid`: it is malformed or too long. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'absent' | 'incomplete' | 'invalid' {
  const begun = Math.min(bytes.length, SIGNATURE.length);
  if (!bytes.subarray(0, begun).equals(SIGNATURE.subarray(0, begun))) return 'absent';
  if (bytes.length < FIXED_BYTES) return 'incomplete';
  const [versionAndCommand = 0, familyAndProtocol = 0] = bytes.subarray(SIGNATURE.length);
  const command = versionAndCommand & 0x0f;
  if (versionAndCommand >> 4 !== VERSION_2 || command > COMMAND_PROXY) return 'invalid';
  const length = bytes.readUInt16BE(FIXED_BYTES - 2);
  const family = command === COMMAND_LOCAL ? undefined : FAMILIES[familyAndProtocol >> 4];
  if (length < (family?.all ?? 0) || FIXED_BYTES + length > MAX_PROXY_HEADER_BYTES) return 'invalid';
  if (bytes.length < FIXED_BYTES + length) return 'incomplete';
  const address = family && addressOfBytes(bytes.subarray(FIXED_BYTES, FIXED_BYTES + family.address));
  return { bytes: FIXED_BYTES + length, address };
}
