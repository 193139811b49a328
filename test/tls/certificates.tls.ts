import { SimulatedService } from 'tirtc-emulator/service';
import { describe, expect, onTestFinished, test } from 'vitest';
import { APP, DEVICE_ID, DEVICE_SECRET, Program, temporaryFile } from '../examples/support.js';
import { type CertificateCase, certificateCases } from '../support/certificate_cases.js';
import { startTlsProxy } from '../support/tls_proxy.js';

const PROGRAM = 'build/tls/examples/c/start_device';

const cases = certificateCases();

/** Runs a device until it is online or was refused. */
async function startDevice({ host, key, cert }: CertificateCase, trust: Readonly<Record<string, string>>) {
  const service = new SimulatedService({
    devices: { [DEVICE_ID]: DEVICE_SECRET },
    apps: { [APP.accessId]: APP.secretKey },
  });
  onTestFinished(() => service.close());
  const { port } = await startTlsProxy((await service.listen()).port, { key, cert });
  const identity = { TIRTC_DEVICE_ID: DEVICE_ID, TIRTC_DEVICE_SECRET_KEY: DEVICE_SECRET };
  return new Program([PROGRAM, '--once'], { TIRTC_ENDPOINT: `https://${host}:${port}`, ...identity, ...trust });
}

async function expectRefused(device: Program, reason: RegExp): Promise<void> {
  await device.line(reason);
  await device.line(/could not start, error -7: TIRTC_E_HTTP_SSL/);
  device.interrupt('SIGTERM');
  expect(await device.exit, device.text).not.toBe('SIGSEGV');
}

describe('a C program', () => {
  test.each(cases)('judges a certificate $name as Node does', async (one) => {
    const device = await startDevice(one, { TIRTC_CA_FILE: temporaryFile('ca.pem', one.ca) });
    if (one.refused === undefined) expect(await device.exit, device.text).toBe(0);
    else await expectRefused(device, one.refused.c);
  });

  test.each(cases)('judges a certificate $name by its key alone if that is pinned', async (one) => {
    const device = await startDevice(one, { TIRTC_PINNED_KEYS: one.pin });
    if (one.refusedByPin === undefined) expect(await device.exit, device.text).toBe(0);
    else await expectRefused(device, one.refusedByPin);
  });

  test.each(cases)('refuses a certificate $name with another key than the pinned one', async (one) => {
    const device = await startDevice(one, { TIRTC_PINNED_KEYS: '0'.repeat(64) });
    await expectRefused(device, new RegExp(`not the pinned one; the service's key is ${one.pin}`));
  });
});
