/* Serves the latest picture of a camera over HTTP.
 *
 *     . ~/.tirtc-emulator/demo.env                    sets endpoint, device and keys
 *     npx tsx examples/gateway/snapshot_server.ts     serves http://127.0.0.1:8081/snapshot.jpg until Ctrl-C
 *     PORT=0 npx tsx ...                              on any free port
 *
 * It subscribes to video stream 0, which must be MJPEG, and connects again when the connection ends. Without a
 * connection, and before its first picture, the answer is 503, because an old picture would look like a live one. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { type Connection, MEDIA } from 'tirtc-emulator';
import { keepConnected } from './keep_connected.js';
import { runProgram, TargetDevice, wholeNumber } from './program.js';

const VIDEO_STREAM = 0;

interface Picture {
  readonly jpeg: Uint8Array;
  readonly at: Date;
}

class Snapshot {
  #picture: Picture | undefined;

  /** Keeps the latest picture of a connection until it ends. */
  async watch(connection: Connection): Promise<void> {
    const pictures = connection.frames('video', { stream: VIDEO_STREAM });
    await connection.subscribeVideo(VIDEO_STREAM);
    try {
      for await (const { media, data } of pictures) {
        if (media !== MEDIA.JPEG)
          throw new Error(`video stream ${VIDEO_STREAM} has media format ${media}: it must be MJPEG`);
        this.#picture = { jpeg: data, at: new Date() };
      }
    } finally {
      this.#picture = undefined;
    }
  }

  readonly answer = ({ method, url = '' }: IncomingMessage, response: ServerResponse): void => {
    if (url.split('?')[0] !== '/snapshot.jpg') refuse(response, 404, 'not found: use /snapshot.jpg');
    else if (method !== 'GET' && method !== 'HEAD') refuse(response, 405, 'use GET', { Allow: 'GET, HEAD' });
    else if (this.#picture === undefined)
      refuse(response, 503, 'there is no picture at the moment', { 'Retry-After': '1' });
    else sendPicture(response, this.#picture); // Node sends no body in answers to HEAD
  };
}

function sendPicture(response: ServerResponse, { jpeg, at }: Picture): void {
  response.writeHead(200, {
    'Content-Type': 'image/jpeg',
    'Content-Length': jpeg.length,
    'Last-Modified': at.toUTCString(),
    'Cache-Control': 'no-store',
  });
  response.end(jpeg);
}

function refuse(response: ServerResponse, status: number, why: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${why}\n`);
}

await runProgram(async (signal) => {
  const { PORT: port } = process.env;
  const device = new TargetDevice();
  const snapshot = new Snapshot();
  const server = createServer(snapshot.answer);
  server.listen(wholeNumber('PORT', port, 8081, 0, 65_535), '127.0.0.1');
  await once(server, 'listening');
  console.log(`serving http://127.0.0.1:${(server.address() as AddressInfo).port}/snapshot.jpg`);
  try {
    await keepConnected(device, 'snapshots', signal, (connection) => snapshot.watch(connection));
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
