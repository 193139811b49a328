// What a program in a vm context of its own does: a client comes, asks, and leaves; the context is forgotten.
import { Device } from '../../../lib/device/index.js';
import type { Work } from './forgotten.js';

export async function live({ endpoint, deviceId, token }: Work): Promise<void> {
  const client = new Device({ endpoint });
  await client.start();
  const connection = await client.connect({ remoteId: deviceId, token });
  await connection.close();
  await client.stop();
}
