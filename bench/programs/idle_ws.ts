// `ws` clients that connect and stay so. Arguments: the endpoint, how many.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { residentBytes, serve } from '../support/serve.js';

const [, , endpoint = '', count = '0'] = process.argv;
const url = `${endpoint.replace('http', 'ws')}/idle`;
const connect = async (): Promise<WebSocket> => {
  const ws = new WebSocket(url, { perMessageDeflate: false });
  await once(ws, 'open');
  return ws;
};
await connect();

serve({
  /** Once; resolves when all are connected. */
  async open() {
    const before = residentBytes();
    const started = performance.now();
    const clients = await Promise.all(Array.from({ length: Number(count) }, connect));
    const perSecond = (clients.length / (performance.now() - started)) * 1000;
    return { perSecond, bytesEach: (residentBytes() - before) / clients.length };
  },
});
