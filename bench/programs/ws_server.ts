// A relay with `ws` alone: each message is sent to every other socket with the same path, with one send() each.
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { serve } from '../support/serve.js';

const waiting = new Map<string, WebSocket>();
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (ws, { url = '/' }) => {
  if (!url.startsWith('/pair')) return;
  const other = waiting.get(url);
  if (other === undefined) {
    waiting.set(url, ws);
    return;
  }
  waiting.delete(url);
  ws.on('message', (message) => other.send(message));
  other.on('message', (message) => ws.send(message));
});
server.on('listening', () => {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  serve({ endpoint: () => endpoint });
});
