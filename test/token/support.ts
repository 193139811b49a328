import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One line of test/vectors/token*.jsonl. */
export interface TokenVector {
  readonly note?: string;
  readonly accessId: string;
  readonly secretKey: string;
  readonly remoteId: string;
  readonly deviceSecretKey: string;
  readonly subject: string;
  readonly issuedAt: number;
  readonly ttlSeconds: number;
  readonly nonceHex: string;
  readonly token: string;
}

export function vectorUrl(name: string): URL {
  return new URL(`../vectors/${name}`, import.meta.url);
}

export function parseVectors(text: string): readonly TokenVector[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TokenVector);
}

export function readVectors(name: string): readonly TokenVector[] {
  return parseVectors(readFileSync(vectorUrl(name), 'utf8'));
}

export function optionsOf(vector: TokenVector) {
  const { accessId, secretKey, remoteId, deviceSecretKey, subject, issuedAt, ttlSeconds } = vector;
  const nonce = Uint8Array.from(Buffer.from(vector.nonceHex, 'hex'));
  return { accessId, secretKey, remoteId, deviceSecretKey, subject, issuedAt, ttlSeconds, nonce };
}

/** The version of Go as [major, minor], or undefined when it is not installed. */
export function goVersion(): readonly [number, number] | undefined {
  try {
    const [, major, minor] = /go(\d+)\.(\d+)/.exec(execFileSync('go', ['version'], { encoding: 'utf8' })) ?? [];
    return [Number(major), Number(minor)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
