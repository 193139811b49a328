import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddonSearch } from '../../native/index.js';
import { DEFAULT_SERVICE_PORT } from '../arguments.js';
import { ExitCode } from '../cli_error.js';
import { type Finding, failed, ok, warning } from './finding.js';

/** The same as "engines" in package.json. */
export const OLDEST_NODE_MAJOR = 20;

export function checkNode(version: string): Finding {
  const major = Number.parseInt(version, 10);
  if (major >= OLDEST_NODE_MAJOR) return ok('node', `Node ${version}`);
  return failed('node', ExitCode.Failed, `Node ${version} is too old`, `install Node ${OLDEST_NODE_MAJOR} or newer`);
}

export function checkAddon({ addon, file, tried, advice }: AddonSearch): Finding {
  const lines = tried.map((line) => `\n- ${line}`).join('');
  if (addon !== undefined)
    return ok('addon', `${file} loads${lines === '' ? '' : `; other places without a usable addon:${lines}`}`);
  const where = `${process.platform}-${process.arch}`;
  return failed('addon', ExitCode.Failed, `the native addon does not load on ${where}; tried:${lines}`, advice);
}

/** Checks that programs on this machine can connect to each other. */
export async function checkLoopback(): Promise<Finding> {
  const [ipv4, ipv6] = await Promise.all([talkAt('127.0.0.1'), talkAt('::1')]);
  if (ipv4 !== undefined) {
    const message = `programs cannot listen on 127.0.0.1 or connect to it (${ipv4})`;
    return failed(
      'loopback',
      ExitCode.Failed,
      message,
      'bring up the loopback interface, or leave the sandbox that blocks it',
    );
  }
  if (ipv6 === undefined) return ok('loopback', '127.0.0.1 and ::1 work');
  return warning(
    'loopback',
    `127.0.0.1 works, ::1 does not (${ipv6})`,
    'use 127.0.0.1 instead of [::1] in endpoints; nothing else needs IPv6',
  );
}

/** Checks that the port of `tirtc serve` is free. */
export async function checkPort(port = DEFAULT_SERVICE_PORT): Promise<Finding> {
  const why = await talkAt('127.0.0.1', port);
  if (why === undefined) return ok('port', `port ${port} of tirtc serve is free`);
  const fix = 'ignore this if it is your service; otherwise use tirtc serve --port 0, which takes a free port';
  return warning('port', `port ${port} of tirtc serve is not available (${why})`, fix);
}

/** Listens and connects there. Resolves with the reason if it fails. */
async function talkAt(host: string, port = 0): Promise<string | undefined> {
  const server = createServer((socket) => socket.on('error', () => {}).end());
  try {
    server.listen(port, host);
    await once(server, 'listening');
    const address = server.address();
    const socket = connect({ host, port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
    await once(socket, 'connect');
    socket.destroy();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    server.close();
  }
}
