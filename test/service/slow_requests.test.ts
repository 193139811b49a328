import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openStart, startService } from './support/index.js';

const BYTE_MS = 5;
const TIMEOUT_MS = 150;

/** Send a text byte by byte, again and again. Resolves with what was received when the socket is closed. */
async function dribble(port: number, first: string, again: string): Promise<string> {
  const socket = dial(port, '127.0.0.1');
  socket.on('error', () => {});
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes;
  });
  socket.write(first);
  let at = 0;
  const timer = setInterval(() => {
    if (again !== '') socket.write(again.charAt(at++ % again.length));
  }, BYTE_MS);
  onTestFinished(() => clearInterval(timer));
  await once(socket, 'close');
  clearInterval(timer);
  return received;
}

test.each([
  ['that sends nothing', '', ''],
  ['whose request line has no end', 'GET /', 'a'],
  ['whose head has no end', 'GET /v1/start HTTP/1.1\r\nHost: h\r\n', 'A: b\r\n'],
  ['whose head is never completed', 'GET /v1/start HTTP/1.1\r\nHost: h\r\n', ''],
  ['whose body is slow', 'POST /r HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n', 'a'],
  ['whose chunks are slow', 'POST /r HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\na\r\n'],
])('a socket %s is closed after requestTimeoutMs', async (_, first, again) => {
  const { service, endpoint } = await startService({ requestTimeoutMs: TIMEOUT_MS });
  service.route('POST', '/r', () => ({ data: 'never' }));
  const startedMs = performance.now();
  expect(await dribble(Number(new URL(endpoint).port), first, again)).toMatch(/^$|^HTTP\/1.1 408 /);
  expect(performance.now() - startedMs).toBeGreaterThan(TIMEOUT_MS - 20);
});

test('a link outlives requestTimeoutMs', async () => {
  const { endpoint } = await startService({ requestTimeoutMs: 20 });
  const link = await openStart(endpoint, { 'X-Tg-Device-Id': 'camera-1' });
  await link.nextControl('challenge');
  await dribble(Number(new URL(endpoint).port), '', '');
  link.ws.ping();
  await once(link.ws, 'pong');
});
