import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A network other than TCP, such as one in memory. */
export interface ServiceNetwork {
  /** Hand over whoever connects to this host and port, 0 for one that is free, until it is closed. The sockets stay half open
   *  when the other end ends, and count `bytesRead` and `bytesWritten` as those of `node:net`. Rejects with an error that has
   *  a `code`, such as EADDRINUSE. */
  listen(host: string, port: number, take: (socket: Duplex) => void): Promise<NetworkPort>;
}

export interface NetworkPort {
  readonly port: number;
  /** Refuse whoever comes now. Sockets that are open stay so. */
  close(): void;
}

/** How an HTTP server is reached. */
export interface Listener {
  /** Resolves with the port. Rejects with a NodeJS.ErrnoException. */
  listen(host: string, port: number): Promise<number>;
  /** Take nobody in any more. Resolves when all sockets are closed. */
  close(): Promise<void>;
}

export function listenerFor(server: Server, network: ServiceNetwork | undefined): Listener {
  return network === undefined ? new TcpListener(server) : new NetworkListener(server, network);
}

class TcpListener implements Listener {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Gives the server its sockets by hand. It does not listen itself, and so it starts no timers of the system. */
class NetworkListener implements Listener {
  readonly #server: Server;
  readonly #network: ServiceNetwork;
  readonly #sockets = new Set<Duplex>();
  #open: NetworkPort | undefined;
  #empty = (): void => {};

  constructor(server: Server, network: ServiceNetwork) {
    this.#server = server;
    this.#network = network;
  }

  async listen(host: string, port: number): Promise<number> {
    this.#open = await this.#network.listen(host, port, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) this.#empty();
      });
      this.#server.emit('connection', socket);
    });
    return this.#open.port;
  }

  async close(): Promise<void> {
    this.#open?.close();
    if (this.#sockets.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#empty = resolve;
    });
  }
}
