import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificates.js';

/** A handshake that the proxy has finished. */
export interface SeenHandshake {
  readonly servername: string | false;
  readonly reused: boolean;
  readonly protocol: string | null;
}

/** Start a TLS server in front of a plain TCP port, until the test ends. It may show certificates that a service refuses to
 *  use. */
export async function startTlsProxy(port: number, { key, cert }: Pick<Certificate, 'key' | 'cert'>) {
  const sockets: TLSSocket[] = [];
  const seen: SeenHandshake[] = [];
  const server = createServer({ key, cert, ciphers: 'DEFAULT@SECLEVEL=0' }, (socket) => {
    sockets.push(socket);
    const { servername } = socket as TLSSocket & { readonly servername: string | false };
    seen.push({ servername, reused: socket.isSessionReused(), protocol: socket.getProtocol() });
    const inner = connect(port, '127.0.0.1');
    for (const end of [socket, inner]) {
      end.on('error', () => {});
      end.on('close', () => [socket, inner].map((each) => each.destroy()));
    }
    socket.pipe(inner).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, seen, sockets };
}
