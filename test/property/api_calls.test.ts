// Any order of calls, in virtual time, so that the service, the network and the timers take part in each run.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Client, type ClientConnection } from '../../lib/client/index.js';
import { Device, type DeviceConnection } from '../../lib/device/index.js';
import { TiRtcError } from '../../lib/errors/index.js';
import { SimulatedService } from '../../lib/service/index.js';
import { issueConnectToken } from '../../lib/token/index.js';
import { VirtualTime } from '../../lib/virtual_time/index.js';
import { MEDIA } from '../../lib/wire/index.js';
import './seed.js';

/** `TIRTC_PROPERTY_RUNS=5000 npx vitest run test/property/api_calls` is the long form. */
const { TIRTC_PROPERTY_RUNS: RUNS = 100 } = process.env;

const KEYS = { accessId: 'app', secretKey: 'key', remoteId: 'cam', deviceSecretKey: 'secret', subject: 'ada' };
const HOST = '127.0.0.1';
const PORT = 8080;
const FRAME = { media: MEDIA.H264, keyFrame: true, timestampMs: 0, data: new Uint8Array(3000) };

type Connection = ClientConnection | DeviceConnection;

/** The parts of a run that the calls are made on. */
class Stage {
  readonly time: VirtualTime;
  readonly service: SimulatedService;
  readonly endpoint = `http://${HOST}:${PORT}`;
  readonly connections: Connection[] = [];
  /** The errors of calls that failed. */
  readonly errors: unknown[] = [];
  readonly #calls: Promise<unknown>[] = [];
  readonly ends = new Map<Connection, number>();
  device: Device;
  client: Client;

  constructor(seed: number) {
    this.time = new VirtualTime({ seed, host: HOST, port: PORT });
    const known = { devices: { cam: KEYS.deviceSecretKey }, apps: { app: KEYS.secretKey } };
    this.service = new SimulatedService({ ...known, port: PORT, seed, clock: this.time, network: this.time.network });
    this.device = this.#openDevice();
    this.client = new Client({ endpoint: this.endpoint, clock: this.time }, this.time.network);
  }

  #openDevice(): Device {
    const identity = { deviceId: 'cam', deviceSecretKey: KEYS.deviceSecretKey, endpoint: this.endpoint };
    const device = new Device(identity, this.time, () => this.time.network.world.loop);
    device.on('connection', (connection) => this.#watch(connection));
    return device;
  }

  #watch(connection: Connection): void {
    this.connections.push(connection);
    this.ends.set(connection, 0);
    connection.handle(0x2001, ({ data }) => data);
    connection.onSubscribe(() => true);
    connection.on('closed', () => this.ends.set(connection, (this.ends.get(connection) ?? 0) + 1));
  }

  /** Makes a call whose promise is awaited at the end of the run. */
  begin(call: () => unknown): void {
    const run = async (): Promise<unknown> => await call();
    this.#calls.push(run().catch((error: unknown) => this.errors.push(error)));
  }

  /** Makes a call and waits for its end. */
  async finish(call: () => unknown): Promise<void> {
    this.begin(call);
    await this.#calls.at(-1);
  }

  async connect(from: Pick<Client, 'connect'> | Pick<Device, 'connect'>): Promise<void> {
    const token = issueConnectToken({ ...KEYS, issuedAt: Math.floor(this.time.wallMs() / 1000) });
    this.#watch(await from.connect({ remoteId: 'cam', token, timeoutMs: 4000 }));
  }

  replaceDevice(): void {
    this.begin(() => this.device.close());
    this.device = this.#openDevice();
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.time.startTimer(ms, resolve));
  }

  async close(): Promise<void> {
    await Promise.all([this.device.close(), ...this.connections.map((connection) => connection.close())]);
    await this.service.close();
    await Promise.all(this.#calls);
  }
}

type Call = (stage: Stage, n: number) => unknown;

const onConnection =
  (call: (connection: Connection, n: number) => unknown): Call =>
  (stage, n) => {
    const connection = stage.connections[n % Math.max(1, stage.connections.length)];
    if (connection !== undefined) stage.begin(() => call(connection, n));
  };

const CALLS: Readonly<Record<string, Call>> = {
  start: (stage) => stage.begin(() => stage.device.start()),
  startForAMoment: (stage, n) => stage.begin(() => stage.device.start({ timeoutMs: 1 + (n % 50) })),
  stop: (stage) => stage.begin(() => stage.device.stop()),
  closeDevice: (stage) => stage.replaceDevice(),
  goOnline: (stage) => stage.finish(() => stage.device.start({ timeoutMs: 2000 })),
  connect: (stage) => stage.begin(() => stage.connect(stage.client)),
  connectAndWait: (stage) => stage.finish(() => stage.connect(stage.client)),
  connectFromDevice: (stage) => stage.finish(() => stage.connect(stage.device)),
  closeConnection: onConnection((connection) => connection.close()),
  sendVideo: onConnection((connection, n) => connection.sendVideo({ ...FRAME, stream: n % 18 })),
  sendMessage: onConnection((connection, n) =>
    connection.sendMessage({ stream: n % 16, timestampMs: 0, data: FRAME.data }),
  ),
  sendCommand: onConnection((connection, n) => connection.sendCommand(0x2000 + n, 'hello')),
  request: onConnection((connection, n) =>
    connection.request(n % 2 === 0 ? 0x2001 : 0x2002, 'hello', { timeoutMs: 500 }),
  ),
  subscribe: onConnection((connection, n) => connection.subscribeVideo(n % 18, { timeoutMs: 500 })),
  unsubscribe: onConnection((connection, n) => connection.unsubscribeVideo(n % 16)),
  requestKeyFrame: onConnection((connection, n) => connection.requestKeyFrame(n % 16)),
  pauseReceiving: onConnection((connection) => connection.pauseReceiving()),
  readOneFrame: onConnection((connection) => connection.frames('video').return?.()),
  dropStartLink: (stage) => stage.service.dropStartLink('cam'),
  dropConnection: (stage, n) => {
    const open = stage.service.connections();
    const one = open[n % Math.max(1, open.length)];
    if (one !== undefined) stage.service.dropConnection(one.connection, n % 2 === 0 ? 'client' : 'device');
  },
  serviceDown: (stage, n) => stage.service.fault({ kind: 'down', forMs: 1 + n }),
  changeSecret: (stage, n) => stage.service.setDevice('cam', n % 4 === 0 ? 'other' : KEYS.deviceSecretKey),
  waitAMoment: (stage, n) => stage.pause(1 + (n % 20)),
  wait: (stage, n) => stage.pause(n * 10),
};

/** Connections make the other calls interesting, so they are likely. */
const LIKELY = ['goOnline', 'connectAndWait', 'connectFromDevice'];
const name = fc.oneof(fc.constantFrom(...Object.keys(CALLS)), { weight: 1, arbitrary: fc.constantFrom(...LIKELY) });
const call = fc.tuple(name, fc.nat({ max: 1000 }));

async function play(stage: Stage, calls: readonly (readonly [string, number])[]): Promise<void> {
  await stage.service.listen();
  for (const [name, n] of calls) await CALLS[name]?.(stage, n);
  // Every call has a time-out, or ends with its device or connection.
  await stage.pause(1000);
  await stage.close();
  for (const error of stage.errors) if (!(error instanceof TiRtcError)) throw error;
  for (const [connection, ends] of stage.ends) {
    expect([connection.state, ends]).toEqual(['closed', 1]);
  }
  expect(stage.device.state).toBe('closed');
  expect([stage.service.onlineDevices(), stage.service.connections()]).toEqual([[], []]);
}

test(
  'any order of calls ends with every call answered, every connection closed once and no memory in use',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 60 }), fc.nat(), async (calls, seed) => {
        const stage = new Stage(seed);
        await stage.time.run(() => play(stage, calls));
        const usedBytes = stage.time.network.world.usedBytes();
        stage.time.close();
        expect(usedBytes).toBe(0);
      }),
      { numRuns: Number(RUNS) },
    );
  },
  30_000 + 50 * Number(RUNS),
);
