import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suggest, TiRtcError } from '../errors/index.js';
import {
  faultOfHost,
  HttpAccess,
  isLoopback,
  makeHttpServer,
  RefusalLog,
  type RequestRefusal,
  reachableHost,
} from '../service/internal.js';
import { type ConnectTokenClaims, issueConnectToken, readConnectToken } from '../token/index.js';
import { bareRemoteId } from '../wire/index.js';
import type { TokenServeArguments } from './arguments.js';
import { CliError, ExitCode, usageError } from './cli_error.js';
import { type CliContext, reporter, untilStopped } from './context.js';
import { isObject, readStream } from './files.js';
import { issuerFor, type TokenKeys, tokenKeys } from './token_keys.js';

const PATH = '/v1/tokens';
const MAX_BODY_BYTES = 4096;
const REQUEST_TIMEOUT_MS = 10_000;
const FIELDS = ['remote_id', 'subject', 'ttl_seconds'];
const DEFAULT_SUBJECT = 'anonymous';
const DEFAULT_TTL_SECONDS = 300;
const MAX_TTL_SECONDS = 86_400;
const CORS_EXAMPLE = '--cors http://localhost:5173';
/** Origins of --cors that anyone can have. */
const OPEN_ORIGINS = [
  ['*', 'every web page that a browser on this machine opens'],
  ['null', 'every web site, because any page can open a frame whose origin is null'],
] as const;

/** The answer to one request for a token. */
type TokenAnswer =
  | { readonly status: 200; readonly body: { readonly token: string; readonly payload: ConnectTokenClaims } }
  | { readonly status: number; readonly body: { readonly error: TokenRequestError } };

interface TokenRequestError {
  readonly code: string;
  readonly message: string;
  readonly data: { readonly field?: string };
}

/** `tirtc token serve`: issues tokens over HTTP until the user stops it. */
export async function serveTokens(args: TokenServeArguments, context: CliContext): Promise<ExitCode> {
  const report = reporter(args.json, context);
  const refusalLog = new RefusalLog((refusal) => report('refused', refusal, refusalText(refusal)));
  const server = makeTokenServer({ keys: tokenKeys(args, context.env), access: accessOf(args), refusalLog });
  await listen(server, args);
  const { port } = server.address() as AddressInfo;
  const host = reachableHost(args.host);
  const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (args.json === true) {
    context.out(JSON.stringify({ event: 'listening', endpoint, port }));
  } else {
    context.out(`endpoint=${endpoint}`);
    context.err(`POST ${endpoint}${PATH} {"remote_id": "…"} returns a token. Stop with Ctrl-C.`);
  }
  if (!isLoopback(args.host)) {
    const what = `--host ${args.host} makes the server reachable from the network`;
    const advice = 'use --host 127.0.0.1 if only this machine needs tokens';
    context.err(`Warning: ${what}. Everyone who can reach port ${port} gets tokens; ${advice}.`);
  }
  await untilStopped(context.stop);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  return ExitCode.Ok;
}

interface TokenServerContext {
  readonly keys: TokenKeys;
  readonly access: HttpAccess;
  readonly refusalLog: RefusalLog;
}

function refusalText({ address, detail }: RequestRefusal): string {
  return `a request from ${address} was refused: ${detail}`;
}

/** A token is a credential, so the pages that may have one are named one by one. */
function accessOf({ host, allowHost, cors = [] }: TokenServeArguments): HttpAccess {
  for (const [origin, pages] of OPEN_ORIGINS) {
    if (!cors.includes(origin)) continue;
    throw usageError(`--cors ${origin} would give tokens to ${pages}: name each origin, as in ${CORS_EXAMPLE}`);
  }
  return new HttpAccess({ host, allowHosts: allowHost, cors, methods: 'POST' });
}

function makeTokenServer(context: TokenServerContext): Server {
  const server = makeHttpServer(undefined, REQUEST_TIMEOUT_MS);
  server.on('request', (request, response) => {
    const hostFault = faultOfHost(request);
    if (hostFault !== undefined) {
      respond(response, refuse(400, 'host_invalid', hostFault));
      return;
    }
    const verdict = context.access.check(request);
    for (const [name, value] of Object.entries(verdict.headers)) response.setHeader(name, value);
    if (verdict.kind === 'preflight') {
      response.writeHead(204).end();
      return;
    }
    if (verdict.kind === 'refused') {
      context.refusalLog.add(request, verdict.reason, verdict.explanation);
      respond(response, refuse(403, `${verdict.reason}_refused`, verdict.explanation));
      return;
    }
    answer(request, context.keys).then(
      (given) => respond(response, given),
      // The client has closed the connection.
      () => response.destroy(),
    );
  });
  return server;
}

function respond(response: ServerResponse, { status, body }: TokenAnswer): void {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
  const more = { ...(status === 405 && { Allow: 'POST' }), ...(status === 413 && { Connection: 'close' }) };
  response.writeHead(status, { ...headers, ...more });
  response.end(`${JSON.stringify(body)}\n`);
}

async function answer(request: IncomingMessage, keys: TokenKeys): Promise<TokenAnswer> {
  if (request.url !== PATH) return refuse(404, 'not_found', `this server answers only POST ${PATH}`);
  if (request.method !== 'POST') return refuse(405, 'method_not_allowed', `${PATH} accepts only POST`);
  if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return refuse(415, 'not_json', 'the body must be JSON: send it with the header Content-Type: application/json');
  }
  const text = await readStream(request, MAX_BODY_BYTES);
  return text === undefined
    ? refuse(413, 'body_too_large', `the body is longer than ${MAX_BODY_BYTES} bytes`)
    : answerTokenRequest(text, keys);
}

function listen(server: Server, { host, port }: TokenServeArguments): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new CliError(ExitCode.Failed, `cannot listen on ${host}:${port} (${error.code}): choose another --port`));
    });
    server.listen(port, host, resolve);
  });
}

function refuse(status: number, code: string, message: string, field?: string): TokenAnswer {
  return { status, body: { error: { code, message, data: field === undefined ? {} : { field } } } };
}

function invalidField(field: string, message: string): TokenAnswer {
  return refuse(400, 'invalid_field', message, field);
}

/** Answers the body of `POST /v1/tokens`. No answer contains a secret. */
function answerTokenRequest(text: string, keys: TokenKeys): TokenAnswer {
  const body = parseObject(text);
  if (body === undefined) return refuse(400, 'invalid_json', 'the body is not a JSON object');
  const unknown = Object.keys(body).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) {
    const message = `${JSON.stringify(unknown)} is not a known field: ${suggest(unknown, FIELDS)}`;
    return refuse(400, 'unknown_field', message, unknown);
  }
  const { remote_id: remoteId, subject = DEFAULT_SUBJECT, ttl_seconds: ttlSeconds = DEFAULT_TTL_SECONDS } = body;
  if (remoteId === undefined) return refuse(400, 'missing_field', 'remote_id is missing', 'remote_id');
  if (typeof remoteId !== 'string' || bareRemoteId(remoteId) === '') {
    return invalidField('remote_id', 'remote_id must be a string that is not empty');
  }
  if (typeof subject !== 'string' || Buffer.byteLength(subject) > 1024) {
    return invalidField('subject', 'subject must be a string of at most 1024 bytes');
  }
  if (!isTtl(ttlSeconds)) {
    return invalidField('ttl_seconds', `ttl_seconds must be a whole number from 1 to ${MAX_TTL_SECONDS}`);
  }
  return issue(remoteId, subject, ttlSeconds, keys);
}

function issue(remoteId: string, subject: string, ttlSeconds: number, keys: TokenKeys): TokenAnswer {
  const issuer = issuerFor(keys, bareRemoteId(remoteId));
  if (issuer === undefined) {
    const advice = 'add its secret key to --devices FILE or --config FILE';
    const message = `the device ${JSON.stringify(remoteId)} is not known: ${advice}`;
    return refuse(400, 'unknown_device', message, 'remote_id');
  }
  try {
    const token = issueConnectToken({ ...issuer, remoteId, subject, ttlSeconds });
    return { status: 200, body: { token, payload: readConnectToken(token).claims } };
  } catch (error) {
    if (error instanceof TiRtcError) return invalidField('remote_id', error.message);
    throw error;
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isTtl(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_TTL_SECONDS;
}
