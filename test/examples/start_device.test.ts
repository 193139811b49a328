import { describe, expect, test } from 'vitest';
import { connect } from '../../lib/client/index.js';
import { DEVICE_ID, DEVICE_SECRET, LANGUAGES, PATIENT, runExample, serve, startService, tokenFor } from './support.js';

const IDENTITY = { TIRTC_DEVICE_ID: DEVICE_ID, TIRTC_DEVICE_SECRET_KEY: DEVICE_SECRET };

describe.each(LANGUAGES)('start_device in %s', PATIENT, (language) => {
  test('start_device --once exits with 0 as soon as the device is online', async () => {
    const { service, endpoint } = await startService();
    const device = runExample(language, 'start_device', ['--once'], { ...IDENTITY, TIRTC_ENDPOINT: endpoint });
    expect(await device.exit, device.text).toBe(0);
    expect(device.lines).toContain('device started: clients can connect now');
    expect(device.lines.at(-1)).toBe('device stopped');
    expect(service.requestLog().map(({ link, outcome }) => [link, outcome])).toEqual([['start', 'started']]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('start_device runs until %s and stops cleanly', async (signal) => {
    const { service, endpoint } = await serve();
    const device = runExample(language, 'start_device', [], { ...IDENTITY, TIRTC_ENDPOINT: endpoint });
    await device.line(/device started/);
    await service.line(/"deviceOnline"/);
    device.interrupt(signal);
    expect(await device.exit, device.text).toBe(0);
    expect(device.lines.at(-1)).toBe('device stopped');
    expect(device.text).not.toContain(DEVICE_SECRET);
  });

  test('start_device answers commands of clients and reports when they disconnect', async () => {
    const { endpoint } = await serve();
    const device = runExample(language, 'start_device', [], { ...IDENTITY, TIRTC_ENDPOINT: endpoint });
    await device.line(/device started/);
    const client = await connect({ endpoint, remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID) });
    const { data } = await client.request(0x4123, 'are you there?');
    expect(new TextDecoder().decode(data)).toBe('are you there?');
    await device.line(/^client .* sent command 0x4123 with 14 bytes$/);
    await client.close();
    await device.line(/^client .* is gone: /);
    device.interrupt('SIGTERM');
    expect(await device.exit, device.text).toBe(0);
  });

  test('start_device continues after a failed attempt', async () => {
    const { service, endpoint } = await startService();
    service.answerNext('start', { status: 503 });
    const device = runExample(language, 'start_device', ['--once'], { ...IDENTITY, TIRTC_ENDPOINT: endpoint });
    expect(await device.exit, device.text).toBe(0);
    expect(device.text).toMatch(/-40012.*the next attempt begins in \d+ ms.*device started/s);
  });

  test('start_device says that the service does not accept a wrong secret', async () => {
    const { endpoint } = await serve();
    const variables = { ...IDENTITY, TIRTC_DEVICE_SECRET_KEY: 'not-the-secret', TIRTC_ENDPOINT: endpoint };
    const device = runExample(language, 'start_device', [], variables);
    expect(await device.exit).toBe(1);
    expect(device.text).toMatch(/could not start.*-40004|-40004.*check/);
    expect(device.text).not.toContain('not-the-secret');
  });

  test('start_device without an endpoint names the variable to set', async () => {
    const device = runExample(language, 'start_device', [], IDENTITY);
    expect(await device.exit).toBe(1);
    expect(device.text).toContain('TIRTC_ENDPOINT');
    expect(device.text).toContain('-40003');
  });

  test.each(['TIRTC_DEVICE_ID', 'TIRTC_DEVICE_SECRET_KEY'])(
    'start_device without %s names the variable',
    async (missing) => {
      const variables = { ...IDENTITY, TIRTC_ENDPOINT: 'http://127.0.0.1:1', [missing]: '' };
      const device = runExample(language, 'start_device', [], variables);
      expect(await device.exit).toBe(2);
      expect(device.text).toContain(`${missing} is not set`);
    },
  );
});
