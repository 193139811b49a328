import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Wire {
  /** The kind of link: `start`, `connect` or `accept`. */
  readonly link: string;
  /** Insert bytes into the stream towards this side. */
  inject(towards: 'dialler' | 'service', bytes: Uint8Array): void;
}

export interface TamperProxy {
  readonly endpoint: string;
  /** All TCP connections through the proxy, in order. */
  readonly wires: readonly Wire[];
  wire(link: string): Wire;
}

function pass(from: Socket, to: Socket): void {
  from.on('data', (chunk) => to.write(chunk));
  from.on('end', () => to.end());
  from.on('close', () => to.destroy());
  from.on('error', () => to.destroy());
}

/** Start a TCP relay in front of a service, which can insert garbage in both directions. */
export async function tamperWith(serviceEndpoint: string): Promise<TamperProxy> {
  const servicePort = Number(new URL(serviceEndpoint).port);
  const wires: Wire[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((dialler) => {
    const service = connect(servicePort, '127.0.0.1');
    for (const socket of [dialler, service]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    dialler.once('data', (head) => {
      const [, link = ''] = /^GET \S*\/v1\/(\w+)/.exec(head.toString('latin1')) ?? [];
      wires.push({ link, inject: (towards, bytes) => void (towards === 'dialler' ? dialler : service).write(bytes) });
    });
    pass(dialler, service);
    pass(service, dialler);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    wires,
    wire: (link) => {
      const found = wires.findLast((wire) => wire.link === link);
      if (found === undefined) throw new Error(`no ${link} link was opened`);
      return found;
    },
  };
}
