import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { Client, connect } from '../../lib/client/index.js';
import { Device } from '../../lib/device/index.js';
import { metrics } from '../../lib/observe/index.js';
import { nextEvent } from '../contract/support.js';
import { APP, makeDevice, next, secretOf, startService, tokenFor } from '../device/support.js';
import { recordChannels, recordingLogger } from './support.js';

const WRONG_SECRET = 'this secret is the wrong one';

/** Returns all texts of a value that a program may print. */
function everyView(value: unknown): string {
  const options = { depth: 8, showHidden: true, maxArrayLength: null, maxStringLength: null } as const;
  return `${inspect(value, options)}\n${JSON.stringify(value, shallow())}\n${String(value)}`;
}

/** A replacer for JSON.stringify() that writes each object once, for objects that refer to each other. */
function shallow(): (key: string, value: unknown) => unknown {
  const seen = new Set<unknown>();
  return (_key, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return undefined;
    seen.add(value);
    return value;
  };
}

/** Run `live`. Resolves with everything that was printed, logged or published meanwhile. */
async function everythingSaid(live: (say: (value: unknown) => void, logged: object) => Promise<void>): Promise<string> {
  const said: string[] = [];
  const { logger, lines } = recordingLogger();
  const published = recordChannels();
  const note = (...values: unknown[]): boolean => {
    said.push(values.map(everyView).join(' '));
    return true;
  };
  vi.stubEnv('DEBUG', '*');
  vi.spyOn(process.stderr, 'write').mockImplementation(note as never);
  vi.spyOn(process.stdout, 'write').mockImplementation(note as never);
  vi.spyOn(process, 'emitWarning').mockImplementation(note as never);
  for (const name of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, name).mockImplementation(note as never);
  try {
    await live(note, { logger });
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  expect(published.length).toBeGreaterThan(10);
  expect(said.some((text) => text.includes('tirtc:device'))).toBe(true);
  return [...said, everyView(lines), everyView(published), metrics()].join('\n');
}

describe('secrets, tokens and tickets', () => {
  it('appear in no log, channel, metric, error or output', async () => {
    const tokens = [tokenFor('cam'), tokenFor('cam'), tokenFor('cam'), tokenFor('other')];
    const [good = '', misplaced = '', second = '', elsewhere = ''] = tokens;
    const tickets: string[] = [];
    const text = await everythingSaid(async (say, logged) => {
      const { service, endpoint } = await startService(['cam'], logged);
      const fails = async (what: Promise<unknown>): Promise<void> => say(await what.catch((error: unknown) => error));
      const throws = (what: () => unknown): void => {
        try {
          what();
        } catch (error) {
          say(error);
        }
      };

      const wrong = makeDevice(endpoint, undefined, { deviceId: 'cam', deviceSecretKey: WRONG_SECRET, ...logged });
      await fails(wrong.start());
      const device = makeDevice(endpoint, 'cam', logged);
      await device.start();
      const accepted = next(device, 'connection');
      const client = new Client({ endpoint, ...logged });
      const near = await client.connect({ remoteId: 'cam', token: good });
      const [far] = await accepted;
      tickets.push(near.ticket?.value ?? 'there is none');
      far.handle(0x4001, () => {
        throw new Error('a handler that fails');
      });
      near.sendCommand({ command: 0x4001, sequenceNumber: 1 });
      for (const value of [wrong, device, client, near, far, service]) say(value);

      await fails(client.connect({ remoteId: 'cam', token: good }));
      await fails(client.connect({ remoteId: 'cam', token: elsewhere }));
      await fails(client.connect({ remoteId: misplaced }));
      await fails(connect({ endpoint: `http://${second}:80`, remoteId: 'cam', token: second }));
      await fails(connect({ endpoint, remoteId: 'cam', token: `${second} ` }));
      await fails(connect({ endpoint: `${endpoint}?token=${second}`, remoteId: 'cam', token: second }));
      await fails(device.connect({ remoteId: misplaced, token: second }));
      await fails(device.connect({ remoteId: 'unknown', token: `${second}\n` }));
      await fails(device.serviceRequest('/v1/nothing', `{"token":"${second}"}`, { token: second }));
      await fails(fetch(`${endpoint}/v1/connect?token=${second}`).then((answer) => answer.text()));
      throws(() => new Device({ endpoint, deviceId: 'cam', deviceSecretKey: `${WRONG_SECRET}\n` }));
      throws(() => new Device({ endpoint: `http://user:${WRONG_SECRET}@host`, deviceId: 'cam', deviceSecretKey: 's' }));
      throws(() => service.setDevice('cam', `${WRONG_SECRET.repeat(9)}`));

      const closed = nextEvent(far, 'closed');
      service.dropConnection(1);
      await closed;
      await client.connect({ remoteId: 'cam' });
      for (const value of [
        near,
        far,
        service.requestLog(),
        service.faultLog(),
        service.connections(),
        service.metrics(),
      ]) {
        say(value);
      }
      say(await (await fetch(`${endpoint}/metrics`)).text());
      await wrong.close();
      await device.close();
      await service.close();
    });

    const signatures = tokens.map((token) => token.split('.')[2] ?? '');
    const payloads = tokens.map((token) => token.split('.')[1] ?? '');
    const secrets = [secretOf('cam'), APP.secretKey, WRONG_SECRET, ...tokens, ...tickets, ...signatures, ...payloads];
    const forms = secrets.flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
    ]);
    expect(forms.filter((form) => text.includes(form))).toEqual([]);
    expect(text).toContain('cam');
  });
});
