// The C codec and the one in TypeScript read every message alike, also bad ones.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byeInfo } from '../../lib/errors/index.js';
import * as wire from '../../lib/wire/index.js';
import { message, text } from './wire_values.js';
import './seed.js';

const CODEC_PEER = fileURLToPath(new URL('../../build/c/test/c/codec_peer', import.meta.url));
const INPUTS_A_RUN = 100;

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What C reads in each input, a line each. */
function readInC(inputs: readonly (readonly [kind: string, bytes: Uint8Array])[]): readonly string[] {
  const input = inputs.map(([kind, bytes]) => `${kind} ${hexOf(bytes)}\n`).join('');
  const { status, stdout, stderr, error } = spawnSync(CODEC_PEER, { input, encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) throw new Error(`codec_peer ended with ${status}: ${error ?? stderr}`);
  return stdout.split('\n').slice(0, -1);
}

function orBad(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof wire.WireError) return 'bad';
    throw error;
  }
}

/** C leaves text as bytes. */
const asText = (line: string, field: string): string =>
  line.replace(new RegExp(` ${field}=([0-9a-f]*)$`), (_, hex: string) => {
    const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(hex, 'hex'));
    return ` ${field}=${hexOf(bytesOf(decoded))}`;
  });

/** C sends a port as it was written, TypeScript without leading zeros. */
const withoutZeros = (line: string): string =>
  line.replace(/ authority=([0-9a-f]*)/, (_, hex: string) => {
    const authority = Buffer.from(hex, 'hex').toString();
    return ` authority=${hexOf(bytesOf(authority.replace(/:0+(?=\d+$)/, ':')))}`;
  });

const limits = ({ keepAliveMs, silenceMs, maxMessageBytes }: wire.Limits): string =>
  `keepAliveMs=${keepAliveMs} silenceMs=${silenceMs} maxMessageBytes=${maxMessageBytes}`;

function controlLine(control: wire.Control | undefined): string {
  switch (control?.type) {
    case undefined:
      return 'ignored';
    case 'proof':
    case 'busy':
      return 'bad'; // only devices send these
    case 'challenge':
      return `challenge nonce=${hexOf(control.nonce)}`;
    case 'started':
      return `started mac=${hexOf(control.mac)} ${limits(control)}`;
    case 'incoming': {
      const { connection, key, subject } = control;
      return `incoming connection=${connection} key=${hexOf(key)} subject=${hexOf(bytesOf(subject))}`;
    }
    case 'ready': {
      const { ticketLifetimeSeconds, ticket = new Uint8Array() } = control;
      return `ready ${limits(control)} ticketLifetimeSeconds=${ticketLifetimeSeconds} ticket=${hexOf(ticket)}`;
    }
    case 'bye': {
      const { connectionError, startError } = byeInfo(control.reason);
      const errors = `connectionError=${connectionError} startError=${startError}`;
      return `bye reason=${control.reason} ${errors} text=${hexOf(bytesOf(control.text))}`;
    }
  }
}

function frameLine(bytes: Uint8Array): string {
  const { stream, media, flags, reserved, timestampMs, data } = wire.decodeFrame(bytes[0] ?? 0, bytes.subarray(1));
  const header = `stream=${stream} media=${media} flags=${flags} reserved=${reserved} timestampMs=${timestampMs}`;
  return `frame ${header} data=${hexOf(data)}`;
}

function endpointLine(url: string): string {
  const endpoint = wire.parseEndpoint(url);
  const { secure, port, host, prefix } = endpoint;
  const authority = hexOf(bytesOf(wire.hostHeader(endpoint)));
  const rest = `host=${hexOf(bytesOf(host))} prefix=${hexOf(bytesOf(prefix))}`;
  return `endpoint secure=${Number(secure)} port=${port} authority=${authority} ${rest}`;
}

const batch = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { minLength: 1, maxLength: INPUTS_A_RUN });

describe('the codecs in C and in TypeScript', () => {
  test('read every control message alike', () => {
    fc.assert(
      fc.property(batch(message), (messages) => {
        const bodies = messages.map((bytes) => bytes.subarray(1));
        const inC = readInC(bodies.map((body) => ['control', body])).map((line) =>
          asText(asText(line, 'subject'), 'text'),
        );
        expect(inC).toEqual(bodies.map((body) => orBad(() => controlLine(wire.decodeControl(body)))));
      }),
    );
  });

  test('read every frame alike', () => {
    fc.assert(
      fc.property(batch(message), (messages) => {
        expect(readInC(messages.map((bytes) => ['frame', bytes]))).toEqual(
          messages.map((bytes) => orBad(() => frameLine(bytes))),
        );
      }),
    );
  });

  test('read every endpoint alike', () => {
    const part = fc.oneof(
      fc.constantFrom('http://', 'HTTPS://', 'ws://', 'wss:/', 'ftp://', 'h', 'a.b', '[::1]', '[', ']', '127.0.0.1'),
      fc.constantFrom(
        ':',
        ':80',
        ':0',
        ':65535',
        ':65536',
        ':00080',
        '/',
        '/a',
        '//',
        '?',
        '#',
        '@',
        '%41',
        ' ',
        '\\',
        'é',
      ),
      text(3),
    );
    const url = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    const plausible = fc
      .tuple(fc.constantFrom('http://', 'https://', 'ws://', 'wss://'), url)
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(batch(fc.oneof(plausible, url)), (urls) => {
        const inC = readInC(urls.map((one) => ['endpoint', bytesOf(one)])).map(withoutZeros);
        expect(inC).toEqual(urls.map((one) => orBad(() => endpointLine(one))));
      }),
    );
  });

  test('write the same base64url and the same percent-encoding', () => {
    fc.assert(
      fc.property(batch(fc.uint8Array({ maxLength: 40 })), batch(text(20)), (bytes, texts) => {
        const inputs = [
          ...bytes.map((one) => ['base64url', one] as const),
          ...texts.map((one) => ['percent', bytesOf(one)] as const),
        ];
        expect(readInC(inputs)).toEqual([
          ...bytes.map((one) => `text ${wire.base64UrlEncode(one)}`),
          ...texts.map((one) => `text ${wire.percentEncode(one)}`),
        ]);
      }),
    );
  });
});
