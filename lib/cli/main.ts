#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { readInput } from './input.js';
import { run } from './run.js';
import { Terminal } from './terminal.js';

// The only file that touches the process.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Whoever asks a second time does not want to wait.
  process.once(signal, () => stop.abort());
}
// Whoever reads our lines may stop reading: `tirtc serve | head -1`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const { stdout, stderr } = process;
const terminal = stderr.isTTY
  ? new Terminal(
      (text) => stderr.write(text),
      () => stderr.columns || 80,
    )
  : undefined;
const writeOut = (line: string) => stdout.write(`${line}\n`);

process.exitCode = await run(process.argv.slice(2), version, {
  env: process.env,
  out: (line) => (stdout.isTTY && terminal !== undefined ? terminal.around(() => writeOut(line)) : writeOut(line)),
  err: (line) => (terminal === undefined ? stderr.write(`${line}\n`) : terminal.line(line)),
  live: terminal && ((line) => terminal.live(line)),
  readInput: () => readInput(process.stdin, stop.signal),
  stop: stop.signal,
});
