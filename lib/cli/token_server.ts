import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenServeArguments } from './arguments.js';
import { CliError } from './cli_error.js';
import { type CliContext, untilStopped } from './context.js';
import { ExitCode } from './exit_code.js';
import { type TokenKeys, tokenKeys } from './token_keys.js';
import { answerTokenRequest, refuse, type TokenAnswer } from './token_request.js';

const PATH = '/v1/tokens';
const MAX_BODY_BYTES = 4096;
const REQUEST_TIMEOUT_MS = 10_000;

/** `tirtc token serve`: tokens over HTTP until the person stops it. */
export async function serveTokens(args: TokenServeArguments, context: CliContext): Promise<ExitCode> {
  const server = makeTokenServer(tokenKeys(args, context.env));
  await listen(server, args);
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://${args.host.includes(':') ? `[${args.host}]` : args.host}:${port}`;
  if (args.json === true) {
    context.out(JSON.stringify({ event: 'listening', endpoint, port }));
  } else {
    context.out(`endpoint=${endpoint}`);
    context.err(`POST ${endpoint}${PATH} {"remote_id": "…"} gives a token. Stop it with Ctrl-C.`);
  }
  await untilStopped(context.stop);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  return ExitCode.Ok;
}

/** The HTTP face: `POST /v1/tokens`. */
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
      // The request broke off: nobody is left to answer.
      () => response.destroy(),
    );
  });
  return server;
}

async function answer(request: IncomingMessage, keys: TokenKeys): Promise<TokenAnswer> {
  if (request.url !== PATH) return refuse(404, 'not_found', `only POST ${PATH} is served here`);
  if (request.method !== 'POST') return refuse(405, 'method_not_allowed', `use POST for ${PATH}`);
  const text = await readBody(request);
  return text === undefined
    ? refuse(413, 'body_too_large', `the body is longer than ${MAX_BODY_BYTES} bytes`)
    : answerTokenRequest(text, keys);
}

/** The body, or undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function listen(server: Server, { host, port }: TokenServeArguments): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new CliError(ExitCode.Failed, `cannot listen at ${host}:${port} (${error.code}); choose another --port`));
    });
    server.listen(port, host, resolve);
  });
}
