import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readInput } from '../../lib/cli/terminal.js';

const never = new AbortController().signal;

describe('standard input', () => {
  test('standard input is read to its end', async () => {
    const input = new PassThrough();
    const text = readInput(input, never);
    input.write('v1.');
    input.end('token\n');
    expect(await text).toBe('v1.token\n');
  });

  test('reading standard input ends when the program must stop', async () => {
    const stop = new AbortController();
    const text = readInput(new PassThrough(), stop.signal);
    stop.abort();
    await expect(text).rejects.toMatchObject({ exitCode: 1, message: 'stopped before the end of standard input' });
  });

  test('standard input over the limit is refused', async () => {
    const endless = new PassThrough();
    const text = readInput(endless, never);
    for (let i = 0; i < 3; i++) endless.write(Buffer.alloc(30_000));
    await expect(text).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('more than 65536 bytes'),
    });
  });

  test('standard input that cannot be read is reported', async () => {
    await expect(readInput(createReadStream(tmpdir()), never)).rejects.toMatchObject({
      exitCode: 2,
      message: 'standard input cannot be read (EISDIR): pipe the token to it',
    });
  });
});
