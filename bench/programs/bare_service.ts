// A minimal service that brings one device online and opens a connection to it. Then it discards what arrives, or sends
// prepared frames. A second port accepts any TCP connection and discards what arrives. With the argument `stalled`, it
// does not read what the device sends to its peer.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { startProof } from '../../lib/service/start_proof.js';
import { decodeControl, encodeControl, SUBPROTOCOL } from '../../lib/wire/index.js';
import { serve } from '../support/serve.js';
import { pour } from '../support/sockets.js';
import { answerUpgrade, DEVICE, plainMessage, videoFrames } from '../support/wire.js';

const stalled = process.argv[2] === 'stalled';
const limits = { keepAliveMs: 60_000, silenceMs: 600_000, maxMessageBytes: 4 * 1024 * 1024 };
const ready = encodeControl({ type: 'ready', ...limits, ticketLifetimeSeconds: 0 });
const webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
const server = createServer();
const dropping = createTcpServer((socket) => socket.resume());
let poured: Promise<Socket>;
let accept: (socket: Socket) => void = () => {};

function awaitNext(): void {
  poured = new Promise((resolve) => {
    accept = resolve;
  });
}

function bringOnline(request: IncomingMessage, socket: Socket, head: Buffer): void {
  webSockets.handleUpgrade(request, socket, head, async (ws) => {
    const serviceNonce = Buffer.alloc(32, 9);
    ws.send(encodeControl({ type: 'challenge', nonce: serviceNonce }));
    const [message] = (await once(ws, 'message')) as [Buffer];
    const proof = decodeControl(message.subarray(1));
    if (proof?.type !== 'proof') throw new Error('the device sent no proof');
    const { serviceMac: mac } = startProof(DEVICE.secret, {
      serviceNonce,
      deviceNonce: proof.nonce,
      target: '/v1/start',
      host: request.headers.host ?? '',
      deviceId: DEVICE.id,
      clientId: '',
      appId: '',
    });
    ws.send(encodeControl({ type: 'started', mac, ...limits }));
    ws.send(encodeControl({ type: 'incoming', connection: 1, key: Buffer.alloc(16, 3), subject: 'bench' }));
  });
}

server.on('upgrade', (request, socket: Socket, head) => {
  socket.on('error', () => {});
  if (request.url === '/v1/start') {
    bringOnline(request, socket, head);
    return;
  }
  socket.setNoDelay(true);
  socket.write(answerUpgrade(request));
  socket.write(plainMessage(ready));
  if (!stalled) socket.resume();
  accept(socket);
});

async function listen(listener: Server | ReturnType<typeof createServer>): Promise<number> {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

awaitNext();
const port = await listen(server);
const dropPort = await listen(dropping);
serve({
  endpoint: () => `http://127.0.0.1:${port}`,
  dropPort: () => dropPort,
  /** Sends `bursts` bursts of frames of `size` bytes to the connected device. */
  async pour(size: number, bursts: number, framesPerBurst: number) {
    await pour(await poured, videoFrames(size, framesPerBurst, false), bursts);
  },
});
