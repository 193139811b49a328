// `ws` clients that stay connected. Argument: the endpoint.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { residentBytes, serve } from '../support/serve.js';

const [, , endpoint = ''] = process.argv;
const url = `${endpoint.replace('http', 'ws')}/idle`;
const connect = async (): Promise<WebSocket> => {
  const ws = new WebSocket(url, { perMessageDeflate: false });
  await once(ws, 'open');
  return ws;
};
const clients: WebSocket[] = [];

serve({
  /** Connects `count` more; resolves when all are connected. */
  async open(count: number) {
    const before = residentBytes();
    const started = performance.now();
    const more = await Promise.all(Array.from({ length: count }, connect));
    clients.push(...more);
    const perSecond = (count / (performance.now() - started)) * 1000;
    return { perSecond, bytesEach: (residentBytes() - before) / count };
  },
});
