#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { run } from './run.js';
import { readInput, Terminal } from './terminal.js';

// The only file that uses the process.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A second signal terminates at once.
  process.once(signal, () => stop.abort());
}
// The reader of the output may close the pipe, `tirtc serve | head -1`, or the window of the terminal.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

/** A closed terminal sends SIGHUP too, and is then not a terminal any more. */
const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
const terminalIsGone = (): boolean => terminals.length > 0 && !terminals.some((descriptor) => isatty(descriptor));

function onHangUp(listener: () => void): () => void {
  const onSignal = (): void => (terminalIsGone() ? stop.abort() : listener());
  process.on('SIGHUP', onSignal);
  return () => process.off('SIGHUP', onSignal);
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
  onHangUp,
});
// Node aborts at exit if its terminal is gone.
if (terminalIsGone()) process.kill(process.pid, 'SIGHUP');
