import { describe, expect, test, vi } from 'vitest';
import * as browser from '../../lib/token/browser.js';
import { issueConnectToken, NonceStore, type UsedNonces, verifyConnectToken } from '../../lib/token/index.js';

const keys = { secretKey: 'app-secret', deviceSecretKey: 'device-secret' };
const NOW = 1_700_000_000;
const token = issueConnectToken({ accessId: 'ak', remoteId: 'camera-1', subject: 'u', issuedAt: NOW, ...keys });
const options = {
  apps: { ak: keys.secretKey },
  devices: { 'camera-1': keys.deviceSecretKey },
  target: 'camera-1',
  now: NOW,
};

describe.each([
  ['Node', verifyConnectToken],
  ['a browser', browser.verifyConnectToken],
])('a token that is used up in %s', (_, verify) => {
  test('is valid once, and of several uses at the same time one is', async () => {
    const nonces = new NonceStore();
    const uses = await Promise.allSettled(Array.from({ length: 20 }, () => verify(token, { ...options, nonces })));
    expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(verify(token, { ...options, nonces })).rejects.toMatchObject({ code: 'TOKEN_USED' });
  });

  test('asks a store with issuer, nonce, the date of expiry with the clock difference, and the date', async () => {
    const use = vi.fn(async () => 'fresh' as const);
    const { claims } = await verify(token, { ...options, nonces: { use }, skewSeconds: 10 });
    expect(use.mock.calls).toEqual([['ak', claims.nonce, NOW + 310, NOW]]);
  });

  test('is not used up by a verification that fails before', async () => {
    const use = vi.fn(async () => 'fresh' as const);
    await expect(verify(token, { ...options, target: 'x', nonces: { use } })).rejects.toMatchObject({
      code: 'TOKEN_TARGET',
    });
    expect(use).not.toHaveBeenCalled();
  });

  test.each<readonly [string, UsedNonces['use'], string, string]>([
    ['is full', async () => 'full' as const, 'FULL', 'the store of used nonces is full'],
    [
      'throws',
      () => {
        throw new Error('disk');
      },
      'OTHER',
      'the store of used nonces failed: disk',
    ],
    ['rejects', () => Promise.reject(new Error('gone')), 'OTHER', 'the store of used nonces failed: gone'],
    ['rejects with nothing', () => Promise.reject(undefined), 'OTHER', 'failed: undefined'],
    ['answers something else', async () => true as never, 'OTHER', 'its answer is true, not "fresh", "used" or "full"'],
    ['never answers', () => new Promise(() => {}), 'OTHER', 'no answer in 20 ms'],
  ])('is refused with a reason when the store %s', async (_name, use, code, message) => {
    const error = await verify(token, { ...options, nonces: { use }, nonceTimeoutMs: 20 }).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code, retryable: true });
    expect(error?.message).toContain(message);
    expect(error?.message).not.toContain(token);
  });
});

test('verification with a store never throws, but rejects', async () => {
  await expect(verifyConnectToken('hello', { ...options, nonces: new NonceStore() })).rejects.toMatchObject({
    code: 'TOKEN_FORM',
  });
});

test('a clock that jumps forward and back makes no used token valid again', async () => {
  const nonces = new NonceStore();
  const later = NOW + 10_000;
  await verifyConnectToken(token, { ...options, nonces });
  const next = issueConnectToken({ accessId: 'ak', remoteId: 'camera-1', subject: 'u', issuedAt: later, ...keys });
  await verifyConnectToken(next, { ...options, now: later, nonces });
  await expect(verifyConnectToken(token, { ...options, nonces })).rejects.toMatchObject({ code: 'TOKEN_USED' });
});
