import { WireError } from './protocol.js';

const UNRESERVED = /^[A-Za-z0-9._~-]$/;

/** Encodes all but `A-Z a-z 0-9 - . _ ~` as %XX of the UTF-8 bytes (RFC 3986), for ids in targets and headers. */
export function percentEncode(text: string): string {
  let encoded = '';
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    encoded += UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** Reverses percentEncode(). Throws a WireError for a malformed %XX, bytes that are not UTF-8, CR, LF and NUL. */
export function percentDecode(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new WireError('a percent-encoded value is malformed');
  }
  if (/[\r\n\0]/.test(decoded)) throw new WireError('a value contains CR, LF or NUL');
  return decoded;
}

/** Returns unpadded base64url (RFC 4648 section 5). */
export function base64UrlEncode(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Reverses base64UrlEncode(), strictly: padding, other characters and stray last bits are refused. */
export function base64UrlDecode(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new WireError('a value is not unpadded base64url');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (base64UrlEncode(bytes) !== text) throw new WireError('a base64url value has stray last bits');
  return bytes;
}
