import { describe, expect, it } from 'vitest';
import { claimsToJson, isLongerInUtf8 } from '../../lib/token/claims.js';

const claims = { scope: 'connect:x', iss: 'ak', iat: 1, exp: 2, nonce: 'n' };

describe('the JSON of claims', () => {
  it('every ASCII character is printed alike by the fast path and the slow path', () => {
    for (let code = 0; code < 128; code++) {
      const sub = `a${String.fromCharCode(code)}b`;
      // A character beyond ASCII takes the slow path.
      const long = claimsToJson({ ...claims, sub: `${sub}é` }).replace('é', '');
      expect(claimsToJson({ ...claims, sub })).toBe(long);
      expect(JSON.parse(long)).toEqual({ ...claims, sub });
    }
  });
});

describe('isLongerInUtf8', () => {
  it.each(['a', 'é', '€', '😀'])('isLongerInUtf8() counts the bytes of %s', (character) => {
    const bytes = Buffer.byteLength(character);
    for (const count of [1, 30, 341, 342, 1024]) {
      const text = character.repeat(count);
      expect(isLongerInUtf8(text, count * bytes)).toBe(false);
      expect(isLongerInUtf8(text, count * bytes - 1)).toBe(true);
    }
  });
});
