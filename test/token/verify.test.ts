import { describe, expect, test } from 'vitest';
import type { TiRtcError } from '../../lib/errors/index.js';
import * as browser from '../../lib/token/browser.js';
import {
  type ConnectTokenClaims,
  issueConnectToken,
  NonceStore,
  readConnectToken,
  signConnectToken,
  type VerifyOnceOptions,
  type VerifyTokenOptions,
  verifyConnectToken,
} from '../../lib/token/index.js';

const NOW = 1_700_000_000;
const keys = { secretKey: 'app-secret', deviceSecretKey: 'device-secret' };
const claims: ConnectTokenClaims = {
  sub: 'user-1',
  scope: 'connect:camera-1',
  iss: 'ak',
  iat: NOW,
  exp: NOW + 300,
  nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
};
const options: VerifyTokenOptions = {
  apps: { ak: keys.secretKey, other: 'other-secret' },
  devices: { 'camera-1': keys.deviceSecretKey, 'camera-2': 'second-secret' },
  target: 'camera-1',
  now: NOW,
};

const sign = (changes: Partial<ConnectTokenClaims> = {}) => signConnectToken({ ...claims, ...changes }, keys);
const withPayload = (payload: string | Uint8Array) =>
  `v1.${Buffer.from(payload).toString('base64url')}.${'A'.repeat(43)}`;
const withClaims = (changes: object) => withPayload(JSON.stringify({ ...claims, ...changes }));

function refusal(token: string, changes: Partial<VerifyTokenOptions> = {}): TiRtcError {
  try {
    verifyConnectToken(token, { ...options, ...changes });
  } catch (error) {
    return error as TiRtcError;
  }
  throw new Error('the token was accepted');
}

/** The error of a verification that also uses the token up. */
function refusalOnce(token: string, changes: Partial<VerifyOnceOptions> & Pick<VerifyOnceOptions, 'nonces'>) {
  const { nonces: _, ...rest } = options;
  return verifyConnectToken(token, { ...rest, ...changes }).then(
    () => Promise.reject(new Error('the token was accepted')),
    (error: unknown) => error,
  );
}

describe('invalid options of verifyConnectToken()', () => {
  const late = sign({ iat: NOW - 9000, exp: NOW - 8700 });
  const early = sign({ iat: NOW + 9000, exp: NOW + 9300 });
  test.each<readonly [string, Partial<Record<keyof VerifyOnceOptions, unknown>>]>([
    ['a time that is NaN', { now: Number.NaN }],
    ['a time as text', { now: String(NOW) }],
    ['a clock difference that is text', { skewSeconds: '60' }],
    ['a negative clock difference', { skewSeconds: -1 }],
    ['no target', { target: undefined }],
    ['no apps', { apps: undefined }],
    ['devices that are a number', { devices: 5 }],
    ['secrets that are promised', { apps: async () => keys.secretKey }],
    ['secrets that are numbers', { devices: { 'camera-1': 5 } }],
    ['nonces that are a Set', { nonces: new Set() }],
    ['nonces that are null', { nonces: null }],
    ['a time limit for nonces that is 0', { nonces: new NonceStore(), nonceTimeoutMs: 0 }],
  ])('%s is refused, and lets nothing through', (_, changes) => {
    for (const token of [sign(), late, early]) {
      expect(refusal(token, changes as never).code).toBe('INVALID_PARAMETER');
    }
  });

  test('a lookup that returns null knows no such id', () => {
    expect(refusal(sign(), { apps: () => null as never }).code).toBe('TOKEN_ISSUER');
  });
});

describe('a valid token', () => {
  test('verification returns its claims and its device', () => {
    expect(verifyConnectToken(sign(), options)).toEqual({ claims, deviceId: 'camera-1' });
  });

  test.each([
    ['connect:camera-1', 'device://camera-1'],
    ['connect:device://camera-1', 'camera-1'],
    ['connect:device://camera-1', 'device://camera-1'],
  ])('with the scope %s opens %s', (scope, target) => {
    expect(verifyConnectToken(sign({ scope }), { ...options, target }).deviceId).toBe('camera-1');
  });

  test('its keys are found by maps and functions too', () => {
    const apps = new Map([['ak', keys.secretKey]]);
    const devices = (id: string) => (id === 'camera-1' ? keys.deviceSecretKey : undefined);
    expect(verifyConnectToken(sign(), { ...options, apps, devices }).claims.sub).toBe('user-1');
  });

  test('it may contain unknown claims', () => {
    expect(refusal(withClaims({ extra: true })).code).toBe('TOKEN_SIGNATURE');
  });

  test('by default it is issued now, for 300 s, with a new nonce', () => {
    const given = { accessId: 'ak', remoteId: 'camera-1', subject: 'user-1', ...keys };
    const [first, second] = [issueConnectToken(given), issueConnectToken(given)].map(readConnectToken);
    expect(first?.claims.exp).toBe((first?.claims.iat ?? 0) + 300);
    expect(first?.claims.nonce).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(first?.claims.nonce).not.toBe(second?.claims.nonce);
    const { now: _, ...untimed } = options;
    expect(verifyConnectToken(issueConnectToken(given), untimed).deviceId).toBe('camera-1');
  });
});

describe('a token that expires before it was issued', () => {
  test.each([0, -1, -50])(
    'is refused with a lifetime of %i s, though the difference of clocks would allow it',
    (ttl) => {
      const { code, message } = refusal(sign({ iat: NOW + 55, exp: NOW + 55 + ttl }));
      expect(code).toBe('TOKEN_LIFETIME');
      expect(message).toContain(`its lifetime is ${ttl} s, not 1 to 86400 s`);
    },
  );

  test('is accepted with a lifetime of 1 s', () => {
    expect(verifyConnectToken(sign({ iat: NOW, exp: NOW + 1 }), options).deviceId).toBe('camera-1');
  });

  test('is refused by the verifier of browsers, too', async () => {
    const token = sign({ iat: NOW + 55, exp: NOW + 5 });
    await expect(browser.verifyConnectToken(token, options)).rejects.toMatchObject({ code: 'TOKEN_LIFETIME' });
  });
});

describe('an invalid token', () => {
  const badForm: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['not a token', 'hello'],
    ['another version', sign().replace('v1', 'v2')],
    ['two parts', sign().split('.').slice(0, 2).join('.')],
    ['four parts', `${sign()}.x`],
    ['a short signature', sign().slice(0, -1)],
    ['padding', `${sign()}=`],
    ['a line feed at the end', `${sign()}\n`],
    ['a payload that is not base64url', `v1.a+b.${'A'.repeat(43)}`],
    ['a payload with stray bits', `v1.eyJ9.${'A'.repeat(43)}`.replace('eyJ9', 'e31')],
    ['a payload that is not UTF-8', withPayload(Uint8Array.of(0xff))],
    ['a payload that is not JSON', withPayload('{')],
    ['a payload that is an array', withPayload('[]')],
    ['a payload that is null', withPayload('null')],
    ['no subject', withClaims({ sub: undefined })],
    ['a subject too long to announce', withClaims({ sub: 'é'.repeat(513) })],
    ['a scope of another kind', withClaims({ scope: 'publish:camera-1' })],
    ['a scope without a device', withClaims({ scope: 'connect:' })],
    ['a scope with an empty device', withClaims({ scope: 'connect:device://' })],
    ['an empty issuer', withClaims({ iss: '' })],
    ['a time that is text', withClaims({ iat: '1700000000' })],
    ['a time with a fraction', withClaims({ exp: NOW + 0.5 })],
    ['no nonce', withClaims({ nonce: '' })],
    ['a nonce too long to remember', withClaims({ nonce: 'n'.repeat(129) })],
    ['too many characters', withClaims({ sub: 'x'.repeat(8192) })],
  ];

  test.each(badForm)('TOKEN_FORM: %s', (_, token) => {
    expect(refusal(token).code).toBe('TOKEN_FORM');
  });

  test.each(badForm)('TOKEN_FORM in a browser: %s', async (_, token) => {
    await expect(browser.verifyConnectToken(token, options)).rejects.toMatchObject({ code: 'TOKEN_FORM' });
  });

  const outcomes: readonly (readonly [string, string, Partial<VerifyTokenOptions>])[] = [
    ['TOKEN_ISSUER', sign({ iss: 'unknown' }), {}],
    ['TOKEN_ISSUER', sign({ iss: 'toString' }), {}],
    ['TOKEN_DEVICE', sign({ scope: 'connect:nowhere' }), {}],
    ['TOKEN_SIGNATURE', signConnectToken(claims, { ...keys, secretKey: 'wrong' }), {}],
    ['TOKEN_SIGNATURE', signConnectToken(claims, { ...keys, deviceSecretKey: 'wrong' }), {}],
    ['TOKEN_SIGNATURE', sign({ iss: 'other' }), {}],
    ['TOKEN_TARGET', sign(), { target: 'camera-2' }],
    ['TOKEN_EARLY', sign({ iat: NOW + 61 }), {}],
    ['TOKEN_EARLY', sign({ iat: NOW + 1 }), { skewSeconds: 0 }],
    ['TOKEN_EXPIRED', sign(), { now: NOW + 300 }],
    ['TOKEN_LIFETIME', sign({ exp: NOW + 86_401 }), {}],
  ];

  test.each(outcomes)('%s', async (code, token, changes) => {
    expect(refusal(token, changes).code).toBe(code);
    await expect(browser.verifyConnectToken(token, { ...options, ...changes })).rejects.toMatchObject({ code });
  });

  test('a token at each limit is still valid', () => {
    expect(verifyConnectToken(sign({ iat: NOW + 60 }), options)).toBeDefined();
    expect(verifyConnectToken(sign(), { ...options, now: NOW + 299 })).toBeDefined();
    expect(verifyConnectToken(sign({ exp: NOW + 86_400 }), options)).toBeDefined();
  });

  test('the error names the first check that fails, in the documented order', async () => {
    const nonces = new NonceStore();
    const fixes: readonly (readonly [string, Partial<ConnectTokenClaims>])[] = [
      ['TOKEN_ISSUER', { iss: 'ak' }],
      ['TOKEN_DEVICE', { scope: 'connect:camera-2' }],
    ];
    let wrong: ConnectTokenClaims = {
      ...claims,
      iss: 'unknown',
      scope: 'connect:nowhere',
      iat: NOW + 100_000,
      exp: NOW - 1,
    };
    for (const [code, fix] of fixes) {
      expect(await refusalOnce(sign(wrong), { nonces })).toMatchObject({ code });
      wrong = { ...wrong, ...fix };
    }
    expect(await refusalOnce(sign(wrong), { nonces })).toMatchObject({ code: 'TOKEN_SIGNATURE' });
    const signed = (changes: Partial<ConnectTokenClaims>) => {
      wrong = { ...wrong, ...changes };
      return signConnectToken(wrong, { ...keys, deviceSecretKey: 'second-secret' });
    };
    expect(await refusalOnce(signed({}), { nonces })).toMatchObject({ code: 'TOKEN_TARGET' });
    const target = 'camera-2';
    expect(await refusalOnce(signed({}), { nonces, target })).toMatchObject({ code: 'TOKEN_EARLY' });
    expect(await refusalOnce(signed({ iat: NOW - 200_000 }), { nonces, target })).toMatchObject({
      code: 'TOKEN_EXPIRED',
    });
    expect(await refusalOnce(signed({ exp: NOW + 1 }), { nonces, target })).toMatchObject({ code: 'TOKEN_LIFETIME' });
    expect(nonces.size).toBe(0);
    const good = signed({ iat: NOW });
    expect(await verifyConnectToken(good, { ...options, nonces, target })).toBeDefined();
    expect(await refusalOnce(good, { nonces, target })).toMatchObject({ code: 'TOKEN_USED' });
  });

  test('the error never contains the token or a key', () => {
    for (const [, token, changes] of outcomes) {
      const { message, advice } = refusal(token, changes);
      for (const secret of [token, token.split('.')[2] ?? '', ...Object.values(keys)]) {
        expect(message + advice).not.toContain(secret);
      }
    }
  });

  test('the error says what to do', () => {
    expect(refusal(sign(), { target: 'camera-2' }).message).toContain('it is for the device "camera-1"');
    expect(refusal(sign(), { now: NOW + 310 }).message).toContain('issue a new one');
  });
});

describe('options', () => {
  const good = { accessId: 'ak', remoteId: 'camera-1', subject: 'user-1', ...keys };

  test.each([
    ['accessId', { accessId: '' }],
    ['secretKey', { secretKey: '' }],
    ['remoteId', { remoteId: undefined }],
    ['deviceSecretKey', { deviceSecretKey: 7 }],
    ['subject', { subject: undefined }],
    ['subject', { subject: 'é'.repeat(513) }],
    ['ttlSeconds', { ttlSeconds: 0 }],
    ['ttlSeconds', { ttlSeconds: 86_401 }],
    ['ttlSeconds', { ttlSeconds: 1.5 }],
    ['issuedAt', { issuedAt: Number.NaN }],
    ['issuedAt', { issuedAt: Number.MAX_SAFE_INTEGER }],
    ['nonce', { nonce: new Uint8Array(15) }],
    ['nonce', { nonce: 'text' }],
    ['remoteId', { remoteId: 'x'.repeat(8192) }],
  ])('%s is refused by name', (name, changes) => {
    const bad = { ...good, ...changes } as unknown as Parameters<typeof issueConnectToken>[0];
    expect(() => issueConnectToken(bad)).toThrow(name);
    expect(() => issueConnectToken(bad)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });

  test('a misspelt option is recognised', () => {
    const misspelt = { ...good, ttlSecond: 5 };
    expect(() => issueConnectToken(misspelt)).toThrow('did you mean "ttlSeconds"?');
    const strange = { ...options, zebra: 5 };
    expect(() => verifyConnectToken(sign(), strange)).toThrow('it takes apps, devices, target');
  });
});
