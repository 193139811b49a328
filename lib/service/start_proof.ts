import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { encodeControl, MAC_BYTES, SUBPROTOCOL } from '../wire/index.js';

/** The facts of a start that both sides sign, docs/wire.md section 3. */
export interface Transcript {
  /** 32 bytes each. */
  readonly serviceNonce: Uint8Array;
  readonly deviceNonce: Uint8Array;
  /** The request target and the value of `Host`, as sent. */
  readonly target: string;
  readonly host: string;
  /** Decoded, as are the ids below. */
  readonly deviceId: string;
  readonly clientId: string;
  readonly appId: string;
}

/** The three keyed digests of a start. */
export interface StartProof {
  readonly deviceMac: Uint8Array;
  readonly serviceMac: Uint8Array;
  /** Ka: signs the accepts of this start. */
  readonly acceptKey: Uint8Array;
}

const START_KEY_LABEL = '\0tirtc.v1 start';

export function startProof(deviceSecret: string, transcript: Transcript): StartProof {
  const startKey = hmac(deviceSecret, START_KEY_LABEL);
  const digest = transcriptDigest(transcript);
  const keyed = (label: string) => hmac(startKey, label, digest);
  return { deviceMac: keyed('D'), serviceMac: keyed('S'), acceptKey: keyed('A') };
}

/** Returns the MAC that a device sends as `X-Tg-Accept`. */
export function acceptMac(acceptKey: Uint8Array, key: Uint8Array): Uint8Array {
  return hmac(acceptKey, key);
}

/** Compare two MACs in constant time. */
export function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function transcriptDigest(transcript: Transcript): Uint8Array {
  const challenge = encodeControl({ type: 'challenge', nonce: transcript.serviceNonce });
  const proof = encodeControl({ type: 'proof', nonce: transcript.deviceNonce, mac: new Uint8Array(MAC_BYTES) });
  // Node decodes a head as latin1: one character per byte.
  const asSent = [transcript.target, transcript.host].map((text) => Buffer.from(text, 'latin1'));
  const ids = [transcript.deviceId, transcript.clientId, transcript.appId].map((text) => Buffer.from(text));
  const hash = createHash('sha256');
  for (const bytes of [challenge, proof.subarray(0, -MAC_BYTES), Buffer.from(SUBPROTOCOL), ...asSent, ...ids]) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest();
}

function hmac(key: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
