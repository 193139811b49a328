import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as browser from '../../lib/token/browser.js';
import { issueConnectToken, verifyConnectToken } from '../../lib/token/index.js';
import { goVersion, optionsOf, parseVectors, readVectors, type TokenVector, vectorUrl } from './support.js';

const published = readVectors('token.jsonl');
const ours = readVectors('token-go.jsonl');
const all = [...published, ...ours].map((vector, i) => [vector.note ?? `published line ${i + 1}`, vector] as const);

/** Go decodes lone surrogates of its input to U+FFFD, so the ids in its tokens are changed and looked up as changed. */
const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd');

function verifyOptions(vector: TokenVector) {
  const bare = wellFormed(vector.remoteId).replace(/^device:\/\//, '');
  return {
    apps: { [wellFormed(vector.accessId)]: vector.secretKey },
    devices: { [bare]: vector.deviceSecretKey },
    target: bare,
    now: vector.issuedAt,
  };
}

describe('tokens made by Go', () => {
  test('there are enough vectors', () => {
    expect(published).toHaveLength(12);
    expect(ours.length).toBeGreaterThan(30);
  });

  test.each(all)('the same token is issued: %s', (_, vector) => {
    expect(issueConnectToken(optionsOf(vector))).toBe(vector.token);
  });

  test.each(all)('the same token is issued in a browser: %s', async (_, vector) => {
    expect(await browser.issueConnectToken(optionsOf(vector))).toBe(vector.token);
  });

  test.each(all)('the token is valid: %s', (_, vector) => {
    const { claims } = verifyConnectToken(vector.token, verifyOptions(vector));
    expect(claims.sub).toBe(wellFormed(vector.subject));
    expect(claims.exp).toBe(vector.issuedAt + vector.ttlSeconds);
  });

  test.each(all)('the token is valid in a browser: %s', async (_, vector) => {
    const verified = await browser.verifyConnectToken(vector.token, verifyOptions(vector));
    expect(verified).toEqual(verifyConnectToken(vector.token, verifyOptions(vector)));
  });

  test.each([
    ['device-001', '5nArs_Cb5XZcYZzVDDX26jpXFb7N-GLUkBw7v3cAeuU'],
    ['device://device-001', 'ttJRiSYSBjJIMXLi9ZTufCjaxPHYojtkH6VProqdB1U'],
  ])('have the known signature for %s', (remoteId, signature) => {
    const token = issueConnectToken({
      accessId: 'ak-test',
      secretKey: 'sid-test',
      remoteId,
      deviceSecretKey: 'device-secret',
      subject: 'subject-test',
      issuedAt: 1_700_000_000,
      nonce: Uint8Array.from({ length: 16 }, (_, i) => i),
    });
    expect(token.split('.')[2]).toBe(signature);
  });
});

const go = goVersion();

describe.skipIf(go === undefined)('the Go on this machine', () => {
  test('Go still makes the recorded tokens', { timeout: 120_000 }, () => {
    const output = execFileSync('go', ['run', '.'], {
      cwd: fileURLToPath(new URL('../vectors/token-go', import.meta.url)),
      input: readFileSync(vectorUrl('token-cases.jsonl')),
      encoding: 'utf8',
    });
    const [major, minor] = go ?? [1, 0];
    const shortEscapes = major > 1 || minor >= 22;
    const comparable = (vector: TokenVector) => !shortEscapes || !vector.note?.includes('before Go 1.22');
    expect(parseVectors(output).filter(comparable)).toEqual(ours.filter(comparable));
  });
});
