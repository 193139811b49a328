import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A network other than TCP, such as one in memory. */
export interface ServiceNetwork {
  /** Call `take` with each socket that connects to this host and port, until the port is closed. Port 0 takes a free one. The
   *  sockets stay half open when the other end ends, and count `bytesRead` and `bytesWritten` like those of `node:net`. Rejects
   *  with an error that has a `code`, such as EADDRINUSE. */
  listen(host: string, port: number, take: (socket: Duplex) => void): Promise<NetworkPort>;
}

export interface NetworkPort {
  readonly port: number;
  /** Refuse new sockets. Open ones stay open. */
  close(): void;
}

/** Accepts the sockets of an HTTP server. */
export interface Listener {
  /** Resolves with the port. Rejects with a NodeJS.ErrnoException. */
  listen(host: string, port: number): Promise<number>;
  /** Refuse new sockets. Resolves when all open ones are closed. */
  close(): Promise<void>;
}

export function listenerFor(server: Server, network: ServiceNetwork | undefined): Listener {
  return network === undefined ? tcpListener(server) : networkListener(server, network);
}

function tcpListener(server: Server): Listener {
  return {
    listen: async (host, port) => {
      server.listen(port, host);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Hands sockets to a server that does not listen itself, and so starts no timers of the system. */
function networkListener(server: Server, network: ServiceNetwork): Listener {
  const sockets = new Set<Duplex>();
  let open: NetworkPort | undefined;
  let onEmpty = (): void => {};
  const take = (socket: Duplex): void => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) onEmpty();
    });
    server.emit('connection', socket);
  };
  return {
    listen: async (host, port) => {
      open = await network.listen(host, port, take);
      return open.port;
    },
    close: async () => {
      open?.close();
      if (sockets.size === 0) return;
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
    },
  };
}
