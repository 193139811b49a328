import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddonSearch } from '../../native/index.js';
import { DEFAULT_SERVICE_PORT } from '../arguments.js';
import { ExitCode } from '../exit_code.js';
import { type Finding, failed, ok, warning } from './finding.js';

/** As "engines" of package.json says. */
export const OLDEST_NODE_MAJOR = 20;

export function checkNode(version: string): Finding {
  const major = Number.parseInt(version, 10);
  if (major >= OLDEST_NODE_MAJOR) return ok('node', `Node ${version}`);
  return failed('node', ExitCode.Failed, `Node ${version} is too old`, `install Node ${OLDEST_NODE_MAJOR} or newer`);
}

export function checkAddon({ addon, file, tried, advice }: AddonSearch): Finding {
  const lines = tried.map((line) => `\n- ${line}`).join('');
  if (addon !== undefined) return ok('addon', `${file} loads${lines === '' ? '' : `; not there or not fit:${lines}`}`);
  const where = `${process.platform}-${process.arch}`;
  return failed('addon', ExitCode.Failed, `the native part does not load on ${where}; tried:${lines}`, advice);
}

/** Whether this machine can talk to itself. */
export async function checkLoopback(): Promise<Finding> {
  const [ipv4, ipv6] = await Promise.all([talkAt('127.0.0.1'), talkAt('::1')]);
  if (ipv4 !== undefined) {
    const message = `nothing can listen at 127.0.0.1 or be reached there (${ipv4})`;
    return failed(
      'loopback',
      ExitCode.Failed,
      message,
      'bring up the loopback interface, or leave the sandbox that keeps it away',
    );
  }
  if (ipv6 === undefined) return ok('loopback', '127.0.0.1 and ::1 can be listened at and reached');
  return warning(
    'loopback',
    `127.0.0.1 can be listened at and reached, ::1 cannot (${ipv6})`,
    'without IPv6 use 127.0.0.1 rather than [::1] in endpoints; nothing else needs it',
  );
}

/** Whether `tirtc serve` finds its port. */
export async function checkPort(port = DEFAULT_SERVICE_PORT): Promise<Finding> {
  const why = await talkAt('127.0.0.1', port);
  if (why === undefined) return ok('port', `${port}, where tirtc serve listens, is free`);
  const fix = 'that is well if it is your service; else use tirtc serve --port 0, which takes a free one';
  return warning('port', `${port}, where tirtc serve listens, cannot be had (${why})`, fix);
}

/** Listen and connect there. Resolves with why not. */
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
