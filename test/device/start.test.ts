import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { Device, type StartFailure } from '../../lib/device/index.js';
import { SimulatedService } from '../../lib/service/index.js';
import { makeDevice, next, secretOf, startService } from './support.js';

/** A port without a listener. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('start()', () => {
  it('start() resolves when the service has accepted the device', async () => {
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    const started = vi.fn();
    device.on('started', started);
    expect(device.state).toBe('idle');
    await device.start();
    expect(device.state).toBe('started');
    expect(started).toHaveBeenCalledTimes(1);
  });

  it('start() resolves at once for a client and for a started device', async () => {
    const { endpoint } = await startService(['cam']);
    await makeDevice(endpoint).start();
    const device = makeDevice(endpoint, 'cam');
    await Promise.all([device.start(), device.start()]);
    await device.start();
    expect(device.state).toBe('started');
  });

  it.each(['wrong secret', 'unknown id'])(
    'start() rejects for good with a %s, and stop() still works',
    async (what) => {
      const { endpoint } = await startService(['cam']);
      const deviceId = what === 'unknown id' ? 'other' : 'cam';
      const device = makeDevice(endpoint, undefined, { deviceId, deviceSecretKey: 'wrong' });
      const failures: StartFailure[] = [];
      device.on('startFailed', (failure) => void failures.push(failure));
      await expect(device.start()).rejects.toMatchObject({ code: 'REFUSED', number: -40004, retryable: false });
      expect(device.state).toBe('failed');
      expect(failures).toMatchObject([{ retryInMs: undefined, error: { number: -40004 } }]);
      await expect(device.start()).rejects.toMatchObject({ number: -40004 });
      await device.stop();
      expect(device.state).toBe('idle');
    },
  );

  it('start() can be called inside the handler of a final failure', async () => {
    const { endpoint } = await startService([]);
    const device = makeDevice(endpoint, 'cam');
    const failures: StartFailure[] = [];
    const again = new Promise<void>((resolve, reject) => {
      device.on('startFailed', (failure) => {
        failures.push(failure);
        if (failures.length === 1) device.start().then(resolve, reject);
      });
    });
    await expect(device.start()).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(again).rejects.toMatchObject({ code: 'REFUSED' });
    expect(failures).toHaveLength(2);
  });

  it('start() retries, emits startFailed, and rejects at its timeout with the last failure as cause', async () => {
    const device = makeDevice(`http://127.0.0.1:${await closedPort()}`, 'cam');
    const failed = next(device, 'startFailed');
    const starting = device.start({ timeoutMs: 1500 });
    const [failure] = await failed;
    expect(failure.error.code).toBe('HTTP_SERVER_DOWN');
    expect(failure.retryInMs).toBeGreaterThan(0);
    expect(device.state).toBe('starting');
    await expect(starting).rejects.toMatchObject({ code: 'TIMEOUTED', cause: { code: 'HTTP_SERVER_DOWN' } });
    await device.stop();
    expect(device.state).toBe('idle');
  });

  it('a device comes online by itself when the service appears later', async () => {
    const port = await closedPort();
    const device = makeDevice(`http://127.0.0.1:${port}`, 'cam');
    const failed = next(device, 'startFailed');
    const starting = device.start();
    await failed;
    await startService(['cam'], { port });
    await starting;
    expect(device.state).toBe('started');
  });

  it('start() rejects with the reason of its signal and stops the device', async () => {
    const device = makeDevice(`http://127.0.0.1:${await closedPort()}`, 'cam');
    const controller = new AbortController();
    const starting = device.start({ signal: controller.signal });
    const stopped = next(device, 'stopped');
    controller.abort(new Error('changed my mind'));
    await expect(starting).rejects.toThrow('changed my mind');
    await stopped;
    expect(device.state).toBe('idle');
  });

  it('start() does not begin with an aborted signal', async () => {
    const { endpoint, service } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    await expect(device.start({ signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
    expect(device.state).toBe('idle');
    expect(service.requestLog()).toHaveLength(0);
  });

  it('stop() rejects a pending start()', async () => {
    const device = makeDevice(`http://127.0.0.1:${await closedPort()}`, 'cam');
    const starting = device.start();
    const rejected = expect(starting).rejects.toMatchObject({ code: 'DEVICE_STOPPED' });
    await device.stop();
    await rejected;
  });

  it('start() waits for an earlier stop(), and is rejected by a later one', async () => {
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    await device.start();
    const stopping = device.stop();
    const starting = device.start();
    const rejected = expect(starting).rejects.toMatchObject({ code: 'DEVICE_STOPPED' });
    await Promise.all([stopping, device.stop(), rejected]);
    expect(device.state).toBe('idle');
  });

  it('start() refuses an endpoint that only the core finds invalid, and unknown options', async () => {
    const device = makeDevice('https://127.0.0.1:1', 'cam');
    await expect(device.start()).rejects.toMatchObject({
      code: 'INVALID_PARAMETER',
      message: expect.stringContaining('have no TLS'),
    });
    expect(device.state).toBe('idle');
    await expect(device.start({ timeout: 5 } as never)).rejects.toThrow('did you mean "timeoutMs"');
    await expect(device.start({ timeoutMs: 0 })).rejects.toThrow('timeoutMs is 0');
  });

  it('a redirect is emitted with its location and not followed', async () => {
    const server = createServer().on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/login\r\nContent-Length: 0\r\n\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const device = makeDevice(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'cam');
    const hijacked = next(device, 'hijacked');
    const failed = next(device, 'startFailed');
    const rejected = expect(device.start()).rejects.toMatchObject({ code: 'DEVICE_STOPPED' });
    expect(await hijacked).toEqual([{ location: 'http://elsewhere.example/login' }]);
    expect((await failed)[0].error.number).toBe(-40015);
    await device.stop();
    await rejected;
    server.close();
  });
});

describe('a started device', () => {
  it('a device stops once, and starts again', async () => {
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    const stopped = vi.fn();
    device.on('stopped', stopped);
    await device.stop();
    await device.start();
    await Promise.all([device.stop(), device.stop()]);
    expect(device.state).toBe('idle');
    expect(stopped).toHaveBeenCalledTimes(1);
    await device.start();
    expect(device.state).toBe('started');
    const stopping = device.stop();
    await device.start();
    await stopping;
    expect(device.state).toBe('started');
    expect(stopped).toHaveBeenCalledTimes(2);
  });

  it('a device emits serviceLost and serviceBack', async () => {
    const service = new SimulatedService({ devices: { cam: secretOf('cam') } });
    const { endpoint, port } = await service.listen();
    const device = makeDevice(endpoint, 'cam');
    await device.start();
    const lost = next(device, 'serviceLost');
    await service.close();
    const [failure] = await lost;
    expect(failure.retryInMs).toBeGreaterThan(0);
    expect(device.state).toBe('offline');
    const back = next(device, 'serviceBack');
    await startService(['cam'], { port });
    await back;
    expect(device.state).toBe('started');
  });

  it('a device that is replaced by a newer instance fails for good', async () => {
    const { endpoint } = await startService(['cam']);
    const [older, newer] = [makeDevice(endpoint, 'cam'), makeDevice(endpoint, 'cam')];
    await older.start();
    const told = Promise.race([next(older, 'startFailed'), next(older, 'serviceLost')]);
    await newer.start();
    const [failure] = await told;
    expect(failure).toMatchObject({ retryInMs: undefined, error: { code: 'REPLACED', number: -40006 } });
    expect(older.state).toBe('failed');
    expect(newer.state).toBe('started');
  });

  it('a closed device cannot be used, and close() can be called again', async () => {
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    await device.start();
    const closing = device.close();
    expect(device.close()).toBe(closing);
    await expect(device.start()).rejects.toMatchObject({ code: 'DEVICE_CLOSED' });
    await expect(device.connect({ remoteId: 'cam' })).rejects.toMatchObject({ code: 'DEVICE_CLOSED' });
    await closing;
    expect(device.state).toBe('closed');
  });

  it('a device can be closed without a start, and by `await using`', async () => {
    const { endpoint } = await startService(['cam']);
    await new Device({ endpoint }).close();
    const device = makeDevice(endpoint, 'cam');
    await device.start();
    await device[Symbol.asyncDispose]();
    expect(device.state).toBe('closed');
  });

  it('a device never shows its secret', async () => {
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    await device.start();
    const shown = inspect(device, { depth: null, showHidden: true }) + JSON.stringify(device);
    expect(shown).toContain("state: 'started'");
    expect(shown).not.toContain(secretOf('cam'));
  });

  it('a listener that throws is reported once, and the others are called', async () => {
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    const errors: unknown[] = [];
    const other = vi.fn();
    device.on('error', (error) => void errors.push(error));
    device.on('started', () => {
      throw new Error('mine');
    });
    device.on('started', other);
    await device.start();
    expect(errors).toMatchObject([{ message: 'mine' }]);
    expect(other).toHaveBeenCalledTimes(1);
  });
});
