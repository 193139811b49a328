import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { describe, expect, it } from 'vitest';
import { encodeControl } from '../../lib/wire/index.js';
import { CLIENT_KINDS, endOf, join } from '../contract/support.js';
import { rawServer, scriptedService } from '../support/scripted_service.js';
import { garbage, WRONG_ANSWERS, WRONG_MESSAGES } from './cases.js';
import {
  DEVICE_ID,
  eventually,
  expectHelpful,
  failureOf,
  firstFailure,
  leaveNothingOpen,
  makeDevice,
  next,
  startService,
  tokenWith,
} from './support.js';
import { tamperWith } from './tamper_proxy.js';

leaveNothingOpen();

describe('a device', () => {
  it.each(WRONG_ANSWERS)('whose endpoint answers with %s tries again', async (_, answer) => {
    const device = makeDevice(await rawServer(answer), DEVICE_ID);
    expect(await firstFailure(device)).toEqual({ number: -40015, code: 'UNEXPECTED_RESPONSE', isFinal: false });
  });

  it.each(WRONG_MESSAGES)('that receives %s tries again', async (_, say) => {
    const fake = await scriptedService(say);
    const outcome = await firstFailure(makeDevice(fake.endpoint, DEVICE_ID));
    expect(outcome).toEqual({ number: -40015, code: 'UNEXPECTED_RESPONSE', isFinal: false });
  });

  it('does not come online at a service that does not know its secret, and does not try again', async () => {
    const fake = await scriptedService(async (link) => {
      link.send(encodeControl({ type: 'challenge', nonce: new Uint8Array(32) }));
      await link.next();
      const limits = { keepAliveMs: 4000, silenceMs: 12_000, maxMessageBytes: 65_536 };
      link.send(encodeControl({ type: 'started', mac: new Uint8Array(32), ...limits }));
    });
    const device = makeDevice(fake.endpoint, DEVICE_ID);
    expect(await firstFailure(device)).toEqual({ number: -40015, code: 'UNEXPECTED_RESPONSE', isFinal: true });
    expect(fake.links).toHaveLength(1);
  });

  it.each(['dialler', 'service'] as const)('survives garbage on its start link towards the %s', async (towards) => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    const proxy = await tamperWith(endpoint);
    const device = makeDevice(proxy.endpoint, DEVICE_ID);
    await device.start();
    const { near, far } = await join(await openFirst(endpoint), device, { token: tokenWith() });
    const [lost, back] = [next(device, 'serviceLost'), next(device, 'serviceBack')];
    proxy.wire('start').inject(towards, garbage(3000));
    const [failure] = await lost;
    expectHelpful(failure.error);
    expect(failure.retryInMs).toBeGreaterThan(0);
    await back;
    far.handle(0x4001, () => 'still open');
    expect(Buffer.from((await near.request(0x4001)).data).toString()).toBe('still open');
    expect(service.onlineDevices()).toEqual([DEVICE_ID]);
  });
});

function openFirst(endpoint: string) {
  const [kind] = CLIENT_KINDS;
  if (kind === undefined) throw new Error('there are no clients');
  return kind.open(endpoint);
}

describe('a service', () => {
  it('closes the connections of clients that send garbage, and serves the others', async () => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    const device = makeDevice(endpoint, DEVICE_ID);
    await device.start();
    const { near, far } = await join(await openFirst(endpoint), device, { token: tokenWith() });
    const port = Number(new URL(endpoint).port);
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const socket = dial(port, '127.0.0.1').on('error', () => {});
        socket.write(garbage(1000 * i + 1, `caller ${i}`));
        socket.end();
        socket.resume();
        await once(socket, 'close');
      }),
    );
    far.handle(0x4001, () => 'served');
    expect(Buffer.from((await near.request(0x4001)).data).toString()).toBe('served');
    expect(service.connections()).toHaveLength(1);
  });
});

describe.each(CLIENT_KINDS.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
  const isBrowser = kind.name.includes('browser');

  it.each(WRONG_ANSWERS)('whose endpoint answers with %s fails with that reason', async (_, answer) => {
    const client = await kind.open(await rawServer(answer));
    const error = await failureOf(client.connect({ remoteId: DEVICE_ID, token: tokenWith() }));
    expect(error.number).toBe(isBrowser ? -6 : -40015);
  });

  it.each(WRONG_MESSAGES)('that receives %s fails with that reason', async (_, say) => {
    const fake = await scriptedService(say);
    const client = await kind.open(fake.endpoint);
    const error = await failureOf(client.connect({ remoteId: DEVICE_ID, token: tokenWith() }));
    // A browser's WebSocket closes on malformed frames, and does not say why.
    expect(error.number).toBeOneOf(isBrowser ? [-40015, -40012] : [-40015]);
  });

  /** The link that receives garbage, and the direction. */
  it.each([
    ['connect', 'dialler'],
    ['connect', 'service'],
    ['accept', 'dialler'],
    ['accept', 'service'],
  ] as const)(
    'and its device fail with a reason when garbage arrives on the %s link towards the %s',
    async (link, towards) => {
      const { service, endpoint } = await startService([DEVICE_ID]);
      const proxy = await tamperWith(endpoint);
      const device = makeDevice(proxy.endpoint, DEVICE_ID);
      await device.start();
      const client = await kind.open(proxy.endpoint);
      const { near, far } = await join(client, device, { token: tokenWith() });
      const ends = Promise.all([endOf(near), endOf(far)]);
      proxy.wire(link).inject(towards, garbage(3000));
      const numbers = (await ends).map((error) => expectHelpful(error).number);
      expect(numbers).toEqual([-40009, -40009]);
      await eventually(() => expect(service.connections()).toEqual([]));
      expect((await join(client, device, { token: tokenWith() })).near.state).toBe('open');
    },
  );
});
