import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A port that nobody has now, for somebody who takes it later. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
