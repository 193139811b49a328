import { type Connection, connect, Device, type Frame, TiRtcError } from 'tirtc-emulator';
import { connect as browserConnect } from 'tirtc-emulator/browser';
import * as tirtc from 'tirtc-emulator/flat';
import { SimulatedService } from 'tirtc-emulator/service';
import { emulated } from 'tirtc-emulator/testing';

export async function use(endpoint: string): Promise<number> {
  const service: SimulatedService = new SimulatedService({ devices: {}, apps: {} });
  const device = new Device({ endpoint });
  device.on('connection', (connection: Connection, { subject }) => connection.sendCommand(0x10000, subject));
  const connection = await connect({ endpoint, remoteId: 'd', token: 't' });
  for await (const frame of connection.frames('video')) {
    const typed: Frame = frame;
    if (typed.data.length > 0) break;
  }
  await service.close();
  // @ts-expect-error a misspelt option is a type error
  new Device({ endpiont: endpoint });
  const error = new Error() instanceof TiRtcError ? 1 : 0;
  return error + browserConnect.length + tirtc.setOption(tirtc.Option.MAX_CONNECTIONS, 4);
}

export const test: (context: { readonly name: string }) => Promise<void> = emulated(async ({ client }, { name }) => {
  const viewer = await client('d', { name });
  viewer.connection.sendCommand(0x10000, name);
});
