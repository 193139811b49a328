import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseErrorHeader, renderErrorCodes } from '../../lib/errors/generate.js';

const header = readFileSync(new URL('../../include/tirtc_errors.h', import.meta.url), 'utf8');

describe('the generated error codes', () => {
  test('every X() row of the header is read', () => {
    expect(parseErrorHeader(header)).toHaveLength(header.match(/^ *X\(/gm)?.length ?? -1);
  });

  test('the committed file is what the header makes', async () => {
    const text = renderErrorCodes(parseErrorHeader(header));
    await expect(text).toMatchFileSnapshot('../../lib/errors/error_codes.generated.ts');
  });
});
