import { describe, expect, it } from 'vitest';
import { Device } from '../../lib/device/index.js';
import { checkOptions, type DeviceOptions } from '../../lib/device/options.js';
import { TiRtcError } from '../../lib/errors/index.js';

const ENDPOINT = 'http://127.0.0.1:8080';

function refusal(options: unknown, defaultEndpoint?: string): TiRtcError {
  try {
    checkOptions(options as DeviceOptions, defaultEndpoint);
  } catch (error) {
    if (error instanceof TiRtcError) return error;
    throw error;
  }
  throw new Error('the options were accepted');
}

describe('the options of a Device', () => {
  it('checked options are complete', () => {
    const { native } = checkOptions({ deviceId: 'cam', deviceSecretKey: 's', endpoint: ENDPOINT }, undefined);
    expect(native).toMatchObject({ deviceId: 'cam', endpoint: ENDPOINT, connectCache: true, platform: 'node' });
  });

  it('options without a deviceId make a client', () => {
    expect(checkOptions({ endpoint: ENDPOINT }, undefined).native.deviceId).toBeUndefined();
  });

  it('the endpoint comes from the environment if the option is missing', () => {
    expect(checkOptions({}, ENDPOINT).native.endpoint).toBe(ENDPOINT);
    expect(checkOptions({ endpoint: 'ws://a' }, ENDPOINT).native.endpoint).toBe('ws://a');
  });

  it('the error of a missing endpoint names both sources', () => {
    for (const fallback of [undefined, '']) {
      expect(refusal({}, fallback).message).toMatch(/"endpoint".*TIRTC_ENDPOINT/);
    }
  });

  it('the error of a bad environment variable names the variable', () => {
    expect(refusal({}, 'localhost:80').message).toMatch(/TIRTC_ENDPOINT is "localhost:80"/);
  });

  it('the error of a wrong value names its option, even if the value cannot be printed', () => {
    const wrong = [Object.create(null), Symbol('x'), 5n, () => {}];
    for (const key of ['deviceId', 'endpoint', 'maxConnections', 'connectCache', 'linkMode', 'appId']) {
      for (const value of wrong) {
        expect(refusal({ endpoint: ENDPOINT, deviceSecretKey: 's', [key]: value }).message).toContain(`${key} is `);
      }
    }
    expect(refusal({ endpoint: new URL(ENDPOINT) }).message).toMatch(/endpoint is an object.*such as/);
    expect(refusal({ endpoint: ENDPOINT, maxConnections: '4' }).message).toContain('maxConnections is "4"');
  });

  it.each([
    ...['', 'localhost', 'ftp://host', 'http://', 'http:///path', 17],
    ...[`${ENDPOINT} `, `${ENDPOINT}\r`, `${ENDPOINT}/a b`, 'http://host:0', 'http://host:99999', 'http://[::1'],
  ])('the endpoint %j is refused', (endpoint) => {
    expect(refusal({ endpoint })).toMatchObject({ code: 'INVALID_PARAMETER', number: -40003 });
  });

  it.each([
    ...['http://me:hidden@host', '//me:hidden@host', 'me:hidden@host:80', 'http:/me:hidden@host'],
    ...['http:\\\\me:hidden@host', 'http://host?key=hidden', 'host#hidden'],
  ])('the endpoint %s is refused without showing the secret in it', (endpoint) => {
    expect(refusal({ endpoint }).message).toMatch(/^(?!.*hidden).*user, a query or a fragment/);
  });

  it('the error of an unknown key suggests the right key', () => {
    const error = refusal({ endpoint: ENDPOINT, deviceID: 'x' });
    expect(error.message).toMatch(/"deviceID".*did you mean "deviceId"/);
  });

  it.each([
    ['deviceId', ''],
    ['deviceId', 'x'.repeat(64)],
    ['deviceId', 'a\nb'],
    ['deviceId', 5],
    ['clientId', 'ü'],
    ['clientId', 'x'.repeat(65)],
    ['appId', ''],
    ['maxConnections', 0],
    ['maxConnections', 1.5],
    ['maxConnections', 4001],
    ['maxSendBufferBytes', 16_383],
    ['maxSendBufferBytes', 2 ** 30 + 1],
    ['connectTimeoutMs', 0],
    ['connectTimeoutMs', 2 ** 30 + 1],
    ['connectTimeoutMs', '10'],
    ['keepAliveMs', 0],
    ['keepAliveMs', 2 ** 30 + 1],
    ['silenceMs', 0],
    ['silenceMs', 2 ** 30 + 1],
    ['silenceMs', Number.NaN],
    ['connectCache', 'yes'],
    ['linkMode', 'direct'],
    ['linkMode', 'toString'],
    ['linkMode', 1],
    ['highWaterBytes', 0],
    ['highWaterBytes', 2 ** 30 + 1],
  ])('%s: %j is refused by name', (key, value) => {
    const error = refusal({ endpoint: ENDPOINT, deviceSecretKey: 's', [key]: value });
    expect(error.code).toBe('INVALID_PARAMETER');
    expect(error.message).toContain(key);
  });

  it.each([
    ['deviceId', 'x'.repeat(63)],
    ['clientId', 'x'.repeat(64)],
    ['maxSendBufferBytes', 16_384],
    ['maxSendBufferBytes', 2 ** 30],
    ['maxConnections', 1],
    ['maxConnections', 4000],
    ['connectTimeoutMs', 1],
    ['connectTimeoutMs', 2 ** 30],
    ['keepAliveMs', 1],
    ['keepAliveMs', 2 ** 30],
    ['silenceMs', 1],
    ['silenceMs', 2 ** 30],
    ['connectCache', false],
  ])('%s is accepted at its limit', (key, value) => {
    const { native } = checkOptions({ endpoint: ENDPOINT, deviceSecretKey: 's', [key]: value }, undefined);
    expect(native).toMatchObject({ [key]: value });
  });

  it.each([
    [undefined, 0],
    ['auto', 0],
    ['direct-only', 1],
    ['relay-only', 2],
  ] as const)('the core receives the number of linkMode %j', (linkMode, number) => {
    const options = linkMode === undefined ? {} : { linkMode };
    expect(checkOptions({ endpoint: ENDPOINT, ...options }, undefined).native.linkMode).toBe(number);
  });

  it('options at their upper limits are accepted by the core too', async () => {
    const times = { connectTimeoutMs: 2 ** 30, keepAliveMs: 2 ** 30, silenceMs: 2 ** 30 };
    await using client = new Device({
      endpoint: ENDPOINT,
      maxConnections: 4000,
      maxSendBufferBytes: 2 ** 30,
      ...times,
    });
    await client.start();
    expect(client.state).toBe('started');
  });

  it('a device without a secret is refused', () => {
    expect(refusal({ endpoint: ENDPOINT, deviceId: 'cam' })).toMatchObject({ code: 'NO_SECRET_KEY', number: -40014 });
  });

  it('an error never shows a secret', () => {
    for (const secret of ['hunter2'.repeat(10), 'hunter2\n']) {
      expect(refusal({ endpoint: ENDPOINT, deviceId: 'a', deviceSecretKey: secret }).message).not.toContain('hunter2');
    }
  });

  it.each([null, undefined, 'cam'])('%j instead of options is refused', (options) => {
    expect(refusal(options).code).toBe('INVALID_PARAMETER');
  });
});
