import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import { Client } from '../../client/index.js';
import { TiRtcError } from '../../errors/index.js';
import { type Endpoint, parseEndpoint } from '../../wire/index.js';
import { ExitCode } from '../cli_error.js';
import { type Finding, failed, failedWith, ok, warning } from './finding.js';

/** Every TiRTC service refuses this token, with a reason that only a TiRTC service gives. */
const NO_TOKEN = 'v1.tirtc.doctor';

/** Checks the URL, the name, the TCP port and the service behind it; stops at the first failure. */
export async function* checkEndpoint(
  url: string,
  timeoutMs: number,
  trust: { readonly ca?: string },
): AsyncGenerator<Finding> {
  let endpoint: Endpoint;
  try {
    endpoint = parseEndpoint(url);
  } catch (error) {
    const fix = 'use a URL such as http://127.0.0.1:8080';
    yield failed('endpoint', ExitCode.Usage, `${JSON.stringify(url)}: ${(error as Error).message}`, fix);
    return;
  }
  const { host, port } = endpoint;
  if (endpoint.secure) {
    const fix = 'build the library with TLS, or use an http:// endpoint for devices on a network that you trust';
    yield warning('endpoint', `${url} needs TLS, and a C library may have been built without it`, fix);
  }
  const addresses = await addressesOf(host, timeoutMs);
  if (!Array.isArray(addresses)) {
    const fix = 'check the name in the endpoint, and that DNS or /etc/hosts has an entry for it';
    yield failed('dns', ExitCode.Unreachable, `${host} does not resolve (${addresses})`, fix);
    return;
  }
  yield ok('dns', isIP(host) === 0 ? `${host} is ${addresses.join(', ')}` : `${host} is an address`);
  const reached = await firstReached(addresses, port, timeoutMs);
  if (reached.address === undefined) {
    const fix = reached.why.includes('ECONNREFUSED')
      ? 'nothing listens there: start the service (tirtc serve), or correct the host and port'
      : 'check the host and port, and the network in between: a firewall, a VPN, a container without access to that network';
    yield failed('tcp', ExitCode.Unreachable, `${host}:${port} cannot be reached (${reached.why})`, fix);
    return;
  }
  yield ok('tcp', `${reached.address} port ${port} can be reached`);
  yield await checkService(url, timeoutMs, trust);
}

async function checkService(endpoint: string, timeoutMs: number, trust: { readonly ca?: string }): Promise<Finding> {
  try {
    const client = new Client({ endpoint, connectTimeoutMs: timeoutMs, ...trust });
    const connection = await client.connect({ remoteId: 'tirtc-doctor', token: NO_TOKEN });
    await connection.close();
    const message = `${endpoint} accepted an invalid token`;
    return failed('service', ExitCode.Unreachable, message, 'check the endpoint: this is not a TiRTC service');
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    if (error.code.startsWith('TOKEN_')) return ok('service', `${endpoint} is a TiRTC service`);
    if (error.code !== 'TIMEOUTED') return failedWith('service', ExitCode.Unreachable, error);
    const message = `${endpoint} accepts connections but does not answer within ${timeoutMs} ms`;
    return failed(
      'service',
      ExitCode.Unreachable,
      message,
      'check whether the service is overloaded or hangs, and restart it',
    );
  }
}

/** Returns the addresses, or the reason why there are none. */
async function addressesOf(host: string, timeoutMs: number): Promise<readonly string[] | string> {
  try {
    const found = await Promise.race([lookup(host, { all: true }), lateAfter(timeoutMs)]);
    return found.map(({ address }) => address);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

interface Reached {
  readonly address?: string;
  readonly why: string;
}

async function firstReached(addresses: readonly string[], port: number, timeoutMs: number): Promise<Reached> {
  const whys: string[] = [];
  for (const host of addresses) {
    const socket = connect({ host, port });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
      return { address: host, why: '' };
    } catch (error) {
      const { code, name } = error as NodeJS.ErrnoException;
      whys.push(`${host}: ${name === 'AbortError' ? `no answer within ${timeoutMs} ms` : code}`);
    } finally {
      socket.on('error', () => {}).destroy();
    }
  }
  return { why: whys.join(', ') };
}

function lateAfter(timeoutMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs).unref();
  });
}
