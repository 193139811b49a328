import { createHash, createHmac } from 'node:crypto';
import { encodeControl } from '../../lib/wire/index.js';
import { APP } from '../device/support.js';
import type { ScriptedLink } from '../support/scripted_service.js';
import { DEVICE_ID, secretOf, tokenWith } from './support.js';

export const UNRESOLVABLE = 'http://nowhere.invalid';

/** The table of docs/errors.md: answer, error of a start, whether it is final, and code and number of a connect. */
export const ANSWERS = [
  ['302 to a login page', '302 Found\r\nLocation: http://login.example/', -40015, false, 'ACCESS_HIJACKING', -40015],
  ['302 without a location', '302 Found', -40015, false, 'ACCESS_HIJACKING', -40015],
  ['400', '400 Bad Request', -40015, false, 'UNEXPECTED_RESPONSE', -40015],
  ['401', '401 Unauthorized', -40004, true, 'SERVER_ERROR', -40012],
  ['403', '403 Forbidden', -40004, true, 'SERVER_ERROR', -40012],
  ['404', '404 Not Found', -40015, false, 'UNEXPECTED_RESPONSE', -40015],
  ['200 without an upgrade', '200 OK', -40015, false, 'UNEXPECTED_RESPONSE', -40015],
  ['500', '500 Internal Server Error', -40012, false, 'SERVER_ERROR', -40012],
  ['503', '503 Service Unavailable', -40012, false, 'SERVER_ERROR', -40012],
] as const;

export const answer = (status: string): string => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`;

const now = (): number => Math.floor(Date.now() / 1000);

/** Make a token with a valid form and signature, and with a lifetime that the issuer refuses to sign. */
function longLivedToken(): string {
  const claims = {
    sub: 'x',
    scope: `connect:device://${DEVICE_ID}`,
    iss: APP.accessId,
    iat: now(),
    exp: now() + 86_401,
  };
  const right = tokenWith().split('.')[1] ?? '';
  const { scope, nonce } = JSON.parse(Buffer.from(right, 'base64url').toString()) as { scope: string; nonce: string };
  const payload = Buffer.from(JSON.stringify({ ...claims, scope, nonce })).toString('base64url');
  const sign = (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64url');
  return `v1.${payload}.${sign(APP.secretKey, `${payload}.${sign(secretOf(DEVICE_ID), payload)}`)}`;
}

export const BAD_TOKENS: readonly (readonly [what: string, make: () => string, code: string, number: number])[] = [
  ['expired', () => tokenWith({ issuedAt: now() - 600, ttlSeconds: 300 }), 'TOKEN_EXPIRED', -40012],
  ['too early', () => tokenWith({ issuedAt: now() + 600 }), 'TOKEN_EARLY', -40012],
  ['too long-lived', longLivedToken, 'TOKEN_LIFETIME', -40012],
  [
    'for another target',
    () => tokenWith({ remoteId: 'other', deviceSecretKey: secretOf('other') }),
    'TOKEN_TARGET',
    -40012,
  ],
  ['signed with another secret', () => tokenWith({ secretKey: 'wrong secret' }), 'TOKEN_SIGNATURE', -40012],
  ['signed for another device secret', () => tokenWith({ deviceSecretKey: 'wrong secret' }), 'TOKEN_SIGNATURE', -40012],
  ['of an unknown issuer', () => tokenWith({ accessId: 'unknown' }), 'TOKEN_ISSUER', -40012],
  ['of an unknown device', () => tokenWith({ remoteId: 'unknown' }), 'TOKEN_DEVICE', -40008],
  ['not a token', () => 'garbage', 'TOKEN_FORM', -40012],
  ['a truncated token', () => tokenWith().slice(0, -4), 'TOKEN_FORM', -40012],
  ['a token of another version', () => tokenWith().replace('v1', 'v2'), 'TOKEN_FORM', -40012],
];

/** Make meaningless bytes, the same in each run. The first has all reserved bits of a WebSocket frame set. */
export function garbage(size: number, seed = 'garbage'): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest(),
  );
  return Buffer.concat([Buffer.of(0xff), ...blocks]).subarray(0, size);
}

export const WRONG_ANSWERS: readonly (readonly [what: string, answer: string])[] = [
  ['bytes that are not HTTP', garbage(300).toString('latin1')],
  [
    'an upgrade for another key',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ],
  ['a head without an end', `HTTP/1.1 101 Switching Protocols\r\nX: ${'x'.repeat(20_000)}`],
];

/** Wrong messages of a service after the upgrade. */
export const WRONG_MESSAGES: readonly (readonly [what: string, say: (link: ScriptedLink) => void])[] = [
  ['text', (link) => link.socket.send('hello')],
  ['an empty message', (link) => link.send(new Uint8Array(0))],
  [
    'truncated link control',
    (link) => link.send(encodeControl({ type: 'challenge', nonce: new Uint8Array(32) }).subarray(0, 9)),
  ],
  ['a message too large', (link) => link.send(new Uint8Array(5 * 1024 * 1024))],
  ['garbage frames', (link) => link.request.socket.write(garbage(5000))],
];
