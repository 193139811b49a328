import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as browser from '../../lib/token/browser.js';
import {
  type ConnectTokenOptions,
  issueConnectToken,
  NonceStore,
  TokenError,
  type VerifyTokenOptions,
  verifyConnectToken,
} from '../../lib/token/index.js';
import { text } from './wire_values.js';
import './seed.js';

const name = text(40).filter((value) => value !== '');
const NOW = 1_750_000_000;

const options: fc.Arbitrary<ConnectTokenOptions> = fc.record({
  accessId: name,
  secretKey: name,
  remoteId: name.filter((id) => !id.includes('/') && !id.includes('?')),
  deviceSecretKey: name,
  subject: text(200),
  ttlSeconds: fc.integer({ min: 1, max: 86_400 }),
  issuedAt: fc.constant(NOW),
  nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }),
});

const verifier = ({ accessId, secretKey, remoteId, deviceSecretKey }: ConnectTokenOptions): VerifyTokenOptions => ({
  apps: new Map([[accessId, secretKey]]),
  devices: new Map([[remoteId, deviceSecretKey]]),
  target: remoteId,
  now: NOW,
});

function isRefused(token: string, given: VerifyTokenOptions): boolean {
  try {
    verifyConnectToken(token, given);
    return false;
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const quotedPart = token.slice(3, 40);
    if (quotedPart.length > 30) expect(error.message).not.toContain(quotedPart);
    return true;
  }
}

describe('a connect token', () => {
  test('is valid until it expires, for its device and with the secrets that signed it', () => {
    fc.assert(
      fc.property(options, name, (given, other) => {
        const token = issueConnectToken(given);
        const known = verifier(given);
        const { claims, deviceId } = verifyConnectToken(token, known);
        expect([claims.sub, claims.iss, deviceId]).toEqual([given.subject, given.accessId, given.remoteId]);
        const { ttlSeconds = 0, accessId, remoteId } = given;
        expect(isRefused(token, { ...known, now: NOW + ttlSeconds - 1 })).toBe(false);
        expect(isRefused(token, { ...known, now: NOW + ttlSeconds })).toBe(true);
        expect(isRefused(token, { ...known, apps: new Map([[accessId, `${given.secretKey}x`]]) })).toBe(true);
        expect(isRefused(token, { ...known, devices: new Map([[remoteId, `${given.deviceSecretKey}x`]]) })).toBe(true);
        if (other !== remoteId) expect(isRefused(token, { ...known, target: other })).toBe(true);
      }),
    );
  });

  test('with one changed character is refused', () => {
    const changed = fc.tuple(options, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(changed, ([given, at, character]) => {
        const token = issueConnectToken(given);
        const i = at % token.length;
        const other = token.slice(0, i) + character + token.slice(i + 1);
        fc.pre(other !== token);
        expect(isRefused(other, verifier(given))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('that is any text is refused without an unexpected error', () => {
    const part = fc.oneof(fc.constantFrom('v1', '.', 'v1.', 'e30', '{}', 'AAAA'), fc.string());
    const anyText = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    const payload = fc.json().map((json) => `v1.${Buffer.from(json).toString('base64url')}.${'A'.repeat(43)}`);
    const known = { apps: { a: 's' }, devices: { d: 's' }, target: 'd', now: NOW };
    fc.assert(
      fc.property(fc.oneof(anyText, payload), (token) => {
        expect(isRefused(token, known)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('is the same in the browser', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const token = await browser.issueConnectToken(given);
        expect(token).toBe(issueConnectToken(given));
        const { claims } = await browser.verifyConnectToken(token, verifier(given));
        expect(claims).toEqual(verifyConnectToken(token, verifier(given)).claims);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a store of nonces', () => {
  test('says fresh once for each nonce, however the clock jumps', () => {
    const use = fc.record({
      nonce: fc.constantFrom('a', 'b', 'c', 'd'),
      now: fc.integer({ min: NOW - 1000, max: NOW + 1000 }),
      ttlSeconds: fc.integer({ min: 1, max: 500 }),
    });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 40 }), (uses) => {
        const store = new NonceStore();
        const expiries = new Map<string, number>();
        for (const { nonce, now, ttlSeconds } of uses) {
          const expiresAt = expiries.get(nonce) ?? now + ttlSeconds;
          expect(store.use('app', nonce, expiresAt, now)).toBe(expiries.has(nonce) ? 'used' : 'fresh');
          expiries.set(nonce, expiresAt);
        }
      }),
      { numRuns: 500 },
    );
  });
});
