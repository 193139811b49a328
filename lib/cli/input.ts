import { addAbortSignal, type Readable } from 'node:stream';
import { CliError } from './cli_error.js';
import { ExitCode } from './exit_code.js';

/** Far more than a token, which is all that is read. */
const MAX_BYTES = 65_536;

/** All that comes on standard input, until the person wants the program to stop. */
export async function readInput(input: Readable, stop: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of addAbortSignal(stop, input) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BYTES) break;
    }
  } catch (error) {
    if (stop.aborted) throw new CliError(ExitCode.Failed, 'stopped before standard input was at its end');
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(ExitCode.Usage, `standard input cannot be read (${code}): pipe the token to it`);
  }
  if (bytes > MAX_BYTES) {
    const what = `more than ${MAX_BYTES} bytes on standard input`;
    throw new CliError(ExitCode.Usage, `${what}: pipe the token to it, and nothing else`);
  }
  return Buffer.concat(chunks).toString();
}
