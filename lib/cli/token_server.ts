import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suggest, TiRtcError } from '../errors/index.js';
import { type ConnectTokenClaims, issueConnectToken, readConnectToken } from '../token/index.js';
import { bareRemoteId } from '../wire/index.js';
import type { TokenServeArguments } from './arguments.js';
import { CliError, ExitCode } from './cli_error.js';
import { type CliContext, untilStopped } from './context.js';
import { isObject, readStream } from './files.js';
import { issuerFor, type TokenKeys, tokenKeys } from './token_keys.js';

const PATH = '/v1/tokens';
const MAX_BODY_BYTES = 4096;
const REQUEST_TIMEOUT_MS = 10_000;
const FIELDS = ['remote_id', 'subject', 'ttl_seconds'];
const DEFAULT_SUBJECT = 'anonymous';
const DEFAULT_TTL_SECONDS = 300;
const MAX_TTL_SECONDS = 86_400;

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
  const server = makeTokenServer(tokenKeys(args, context.env));
  await listen(server, args);
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://${args.host.includes(':') ? `[${args.host}]` : args.host}:${port}`;
  if (args.json === true) {
    context.out(JSON.stringify({ event: 'listening', endpoint, port }));
  } else {
    context.out(`endpoint=${endpoint}`);
    context.err(`POST ${endpoint}${PATH} {"remote_id": "…"} returns a token. Stop with Ctrl-C.`);
  }
  await untilStopped(context.stop);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  return ExitCode.Ok;
}

function makeTokenServer(keys: TokenKeys): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
  server.on('request', (request, response) => {
    answer(request, keys).then(
      ({ status, body }) => {
        const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
        const more = { ...(status === 405 && { Allow: 'POST' }), ...(status === 413 && { Connection: 'close' }) };
        response.writeHead(status, { ...headers, ...more });
        response.end(`${JSON.stringify(body)}\n`);
      },
      // The client has closed the connection.
      () => response.destroy(),
    );
  });
  return server;
}

async function answer(request: IncomingMessage, keys: TokenKeys): Promise<TokenAnswer> {
  if (request.url !== PATH) return refuse(404, 'not_found', `this server answers only POST ${PATH}`);
  if (request.method !== 'POST') return refuse(405, 'method_not_allowed', `${PATH} accepts only POST`);
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
