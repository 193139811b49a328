import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { recordingLogger } from '../observe/support.js';
import { nextEvent, startService, TestDevice } from './support/index.js';

const problem = new Error('a bug of the program');

function spyOnConsole() {
  const spy = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => spy.mockRestore());
  return spy;
}

describe('a failing listener of a service', () => {
  test.each([
    ['rejects', () => Promise.reject(problem)],
    [
      'throws',
      () => {
        throw problem;
      },
    ],
  ])('causes one event error when it %s, and the other listeners are called', async (_, listener) => {
    const { service, endpoint } = await startService();
    const [errors, others] = [vi.fn(), vi.fn()];
    service.on('error', errors);
    service.on('deviceOnline', listener);
    service.on('deviceOnline', others);
    await TestDevice.start(endpoint);
    await expect.poll(() => errors.mock.calls).toEqual([[problem]]);
    expect(others).toHaveBeenCalledOnce();
    expect(service.onlineDevices()).toEqual(['camera-1']);
  });

  test('has its error written to the console when there is no listener for the event error', async () => {
    const written = spyOnConsole();
    const { service, endpoint } = await startService();
    service.on('deviceOnline', () => {
      throw problem;
    });
    await TestDevice.start(endpoint);
    expect(written).toHaveBeenCalledWith(expect.any(String), problem);
  });

  test('has its error logged instead when the service has a logger', async () => {
    const written = spyOnConsole();
    const { logger, lines } = recordingLogger();
    const { service, endpoint } = await startService({ logger });
    service.on('deviceOnline', () => {
      throw problem;
    });
    await TestDevice.start(endpoint);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        facts: expect.objectContaining({ event: 'handlerFailed', err: problem }),
      }),
    );
    expect(written).not.toHaveBeenCalled();
  });

  test('does not end the process when it listens to the event error', async () => {
    const written = spyOnConsole();
    const { service, endpoint } = await startService();
    for (const name of ['error', 'deviceOnline'] as const) {
      service.on(name, () => {
        throw problem;
      });
    }
    const offline = nextEvent(service, 'deviceOffline');
    const device = await TestDevice.start(endpoint);
    device.link.ws.close(1000);
    await offline;
    expect(written).toHaveBeenCalledOnce();
  });
});
