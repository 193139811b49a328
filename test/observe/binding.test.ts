import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Client } from '../../lib/client/index.js';
import { Device } from '../../lib/device/index.js';
import { metrics } from '../../lib/observe/index.js';
import { SimulatedService } from '../../lib/service/index.js';
import { nextEvent } from '../contract/support.js';
import { makeDevice, next, secretOf, startService, tokenFor } from '../device/support.js';
import { type Facts, recordChannels, recordingLogger, samples } from './support.js';

const events = (lines: readonly { readonly facts: Facts }[]) => lines.map(({ facts }) => facts.event);

async function connectedPair(options: { readonly logger?: ReturnType<typeof recordingLogger>['logger'] } = {}) {
  const { service, endpoint } = await startService(['cam']);
  const device = makeDevice(endpoint, 'cam', options);
  await device.start();
  const accepted = next(device, 'connection');
  const client = new Client({ endpoint, ...options });
  const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
  const [far] = await accepted;
  return { service, endpoint, device, client, near, far };
}

describe('a logger', () => {
  it('receives the events of devices and connections, with ids and without secrets', async () => {
    const { logger, lines } = recordingLogger();
    const { endpoint, device, near, far } = await connectedPair({ logger });
    far.on('command', () => {
      throw new Error('a handler that fails');
    });
    const failed = nextEvent(far, 'error');
    near.sendCommand({ command: 0x4001, sequenceNumber: 1 });
    await failed;
    const closed = nextEvent(far, 'closed');
    await near.close();
    await closed;
    await device.stop();
    const opened = lines.filter(({ facts }) => facts.event === 'opened');
    expect(opened).toMatchObject([{ facts: { endpoint } }, { facts: { endpoint } }]);
    const ofDevice = lines.filter(({ facts }) => facts.deviceId === 'cam' && facts.event !== 'state');
    expect(events(ofDevice)).toEqual(['started', 'opened', 'handlerFailed', 'closed', 'stopped']);
    expect(ofDevice[1]).toMatchObject({ level: 'info', facts: { remoteId: 'tester', direction: 'in' } });
    expect(ofDevice[2]).toMatchObject({ level: 'error', facts: { err: { message: 'a handler that fails' } } });
    expect(ofDevice[3]).toMatchObject({ level: 'info', facts: { code: 'PEER_CLOSED' } });
  });

  it('receives failures with their error', async () => {
    const { logger, lines } = recordingLogger();
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, undefined, { deviceId: 'cam', deviceSecretKey: 'wrong', logger });
    await expect(device.start()).rejects.toThrow();
    const client = new Client({ endpoint, logger });
    await expect(client.connect({ remoteId: 'cam', token: tokenFor('cam') })).rejects.toThrow();
    const failures = lines.filter(({ level }) => level === 'warn' || level === 'error');
    expect(events(failures)).toEqual(['startFailed', 'refused']);
    expect(failures.map(({ facts }) => (facts.err as { code: string }).code)).toEqual(['REFUSED', 'OFFLINE']);
  });

  it('a loss of the service is counted once, and each failed attempt to reconnect by itself', async () => {
    const { logger, lines } = recordingLogger();
    const published = recordChannels();
    const counts = () =>
      ['serviceLost', 'reconnectFailed', 'serviceBack'].map((event) => {
        return samples(metrics()).get(`tirtc_device_events_total{event="${event}"}`) ?? 0;
      });
    const { service, endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam', { logger });
    await device.start();
    const before = counts();
    const failed = new Promise<void>((resolve) => {
      device.on('serviceLost', ({ failedAttempts }) => failedAttempts === 2 && resolve());
    });
    const down = service.fault({ kind: 'down' });
    await failed;
    const back = next(device, 'serviceBack');
    await down.lift();
    await back;
    const expected = ['serviceLost', 'reconnectFailed', 'reconnectFailed', 'serviceBack'];
    expect(
      events(lines)
        .slice(-expected.length - 1)
        .filter((event) => event !== 'state'),
    ).toEqual(expected);
    expect(
      published.map(({ channel }) => channel).filter((name) => /^tirtc:device:(service|reconnect)/.test(name)),
    ).toEqual(expected.map((event) => `tirtc:device:${event}`));
    expect(lines.find(({ facts }) => facts.event === 'reconnectFailed')).toMatchObject({
      level: 'warn',
      text: expect.stringMatching(/^device "cam" at .* could not reconnect/),
      facts: { code: 'HTTP_SERVER_DOWN', retryInMs: expect.any(Number) },
    });
    expect(counts().map((count, i) => count - (before[i] ?? 0))).toEqual([1, 2, 1]);
  });

  it('replaces the console for errors without a listener', async () => {
    const console = vi.spyOn(globalThis.console, 'error').mockImplementation(() => {});
    const { logger, lines } = recordingLogger();
    const { near, far } = await connectedPair({ logger });
    far.handle(0x4001, () => Promise.reject(new Error('too late')));
    near.sendCommand({ command: 0x4001, sequenceNumber: 1 });
    await vi.waitFor(() => expect(events(lines)).toContain('handlerFailed'));
    expect(console).not.toHaveBeenCalled();
  });

  it('may have no child(), and may throw', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const lines: unknown[][] = [];
    const fail = (): never => {
      throw new Error('the disk is full');
    };
    const logger = { debug: fail, warn: fail, error: fail, info: (...line: unknown[]) => void lines.push(line) };
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam', { logger });
    await device.start();
    expect(lines).toEqual([[{ deviceId: 'cam', endpoint, event: 'started' }, expect.stringContaining('is online')]]);
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('the disk is full'));
  });

  it('may reject, and may have a child() that throws or returns no logger', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const { endpoint } = await startService(['cam']);
    const fail = (): Promise<never> => Promise.reject(new Error('the disk is gone'));
    const failing = { debug: fail, info: fail, warn: fail, error: fail };
    const children = [
      (): never => {
        throw new Error('no child');
      },
      () => ({}) as never,
    ];
    for (const child of children) {
      const device = makeDevice(endpoint, 'cam', { logger: { ...failing, child } });
      await device.start();
      await device.close();
    }
    const texts = warned.mock.calls.map(([text]) => String(text));
    for (const text of ['no child', 'child(): the logger has no debug', 'the disk is gone']) {
      expect(texts).toContainEqual(expect.stringContaining(text));
    }
    expect(unhandled).not.toHaveBeenCalled();
  });

  it.each([null, 5, {}, { info: () => {} }])('is refused if it is %j', (logger) => {
    const options = { endpoint: 'http://127.0.0.1:1', logger: logger as never };
    const refusal = expect.objectContaining({ code: 'INVALID_PARAMETER' });
    expect(() => new Device(options)).toThrow(refusal);
    expect(() => new Client(options)).toThrow(refusal);
    expect(() => new SimulatedService({ logger: logger as never })).toThrow(refusal);
  });
});

describe('diagnostics channels', () => {
  it('publish the same events, with their subject', async () => {
    const published = recordChannels();
    const { device, near, far } = await connectedPair();
    const closed = nextEvent(far, 'closed');
    await near.close();
    await closed;
    const names = published.filter(({ channel }) => !channel.startsWith('tirtc:service')).map(({ channel }) => channel);
    expect(new Set(names)).toEqual(
      new Set(['tirtc:device:state', 'tirtc:device:started', 'tirtc:connection:opened', 'tirtc:connection:closed']),
    );
    const started = published.find(({ channel }) => channel === 'tirtc:device:started');
    expect(started?.message).toMatchObject({ deviceId: 'cam', endpoint: device.endpoint });
    expect(started?.message.device).toBe(device);
    const opened = published.filter(({ channel }) => channel === 'tirtc:connection:opened');
    expect(new Set(opened.map(({ message }) => message.connection))).toEqual(new Set([near, far]));
  });

  it('publish dropped frames less and less often', async () => {
    const published = recordChannels();
    const { near, far } = await connectedPair();
    far.frames('message', { maxItems: 1 });
    for (let i = 0; i < 21; i++) near.sendMessage({ stream: 0, timestampMs: i, data: new Uint8Array(1) });
    await near.subscribeVideo(0);
    const dropped = published.filter(({ channel }) => channel === 'tirtc:connection:dropped');
    expect(dropped.map(({ message }) => message.droppedFrames)).toEqual([1, 2, 4, 8, 16]);
    expect(far.stats().droppedFrames).toBe(20);
  });
});

describe('metrics()', () => {
  it('count devices, connections, traffic and losses', async () => {
    const before = samples(metrics());
    const change = (name: string): number => (samples(metrics()).get(name) ?? 0) - (before.get(name) ?? 0);
    const { device, near, far } = await connectedPair();
    const peers = far.frames('audio', { maxItems: 1 });
    for (let i = 0; i < 3; i++) near.sendAudio({ stream: 0, media: 2, timestampMs: i, data: new Uint8Array(100) });
    far.handle(0x4001, () => 'four');
    await near.request(0x4001, 'two');
    expect(change('tirtc_devices{state="started"}')).toBe(1);
    expect(change('tirtc_connections')).toBe(2);
    const counts = (): readonly number[] =>
      ['sent_total', 'sent_bytes_total', 'received_total', 'received_bytes_total'].flatMap((name) =>
        ['audio', 'command'].map((kind) => change(`tirtc_${name}{kind="${kind}"}`)),
      );
    expect(counts()).toEqual([3, 2, 300, 7, 3, 2, 300, 7]);
    expect(change('tirtc_dropped_total{kind="frame"}')).toBe(2);
    await peers.return?.();
    const closed = nextEvent(far, 'closed');
    await near.close();
    await closed;
    await device.close();
    expect(change('tirtc_devices{state="started"}')).toBe(0);
    expect(change('tirtc_connections')).toBe(0);
    expect(change('tirtc_connection_events_total{event="closed"}')).toBe(2);
    expect(counts()).toEqual([3, 2, 300, 7, 3, 2, 300, 7]);
  });

  it('contain no ids', async () => {
    const { endpoint } = await startService(['a-telling-id']);
    await makeDevice(endpoint, 'a-telling-id', { deviceSecretKey: secretOf('a-telling-id') }).start();
    expect(metrics()).not.toContain('telling');
  });
});
