import { Buffer } from 'node:buffer';
import { request as requestPlain } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { CLIENT_TLS } from '../tls/index.js';

export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for a GET; else it is a POST. */
  readonly body: string | undefined;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
}

export interface ReceivedAnswer {
  readonly status: number;
  readonly location: string | undefined;
  /** Undefined if it has more than `maxAnswerBytes`. */
  readonly body: Buffer | undefined;
}

/** Sends one request over a connection of its own. Rejects with an error of Node. */
export function sendRequest({ url, headers, body, maxAnswerBytes, signal }: OutgoingRequest): Promise<ReceivedAnswer> {
  const options = { method: body === undefined ? 'GET' : 'POST', headers, signal, agent: false } as const;
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:')
      ? requestSecurely(url, { ...options, ...CLIENT_TLS })
      : requestPlain(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      const chunks: Buffer[] = [];
      let bytes = 0;
      const answer = (whole: Buffer | undefined): void => resolve({ status, location: headers.location, body: whole });
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= maxAnswerBytes) {
          chunks.push(chunk);
          return;
        }
        answer(undefined);
        request.destroy();
      });
      response.on('end', () => answer(Buffer.concat(chunks)));
    });
    // Without a listener Node drops the connection and reports nothing.
    request.on('upgrade', ({ statusCode: status = 0 }, socket) => {
      socket.destroy();
      resolve({ status, location: undefined, body: Buffer.alloc(0) });
    });
    request.end(body);
  });
}
