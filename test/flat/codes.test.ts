import { afterEach, describe, expect, it, vi } from 'vitest';
import * as flat from '../../lib/flat/index.js';
import { recordLog } from './support.js';

const NOT_INITIALIZED = -40001;
const INVALID_HANDLE = -40002;
const INVALID_PARAMETER = -40003;
const INVALID_LICENSE = -40004;
const LACK_OF_RESOURCE = -40010;
const CACHE_EXPIRED = -40011;
const NO_SECRET_KEY = -40014;

const video = { streamId: 0, media: flat.MEDIA.H264, flags: 1, ts: 0 };
const bytes = new Uint8Array(4);
const nothing = (): void => {};

afterEach(() => {
  flat.uninit();
  vi.unstubAllEnvs();
});

/** Every call about a connection. */
const CALLS: readonly (readonly [name: string, call: (handle: flat.Handle) => unknown])[] = [
  ['disconnect', (handle) => flat.disconnect(handle)],
  ['sendCommand', (handle) => flat.sendCommand(handle, 0x8002, bytes)],
  ['sendVideoStream', (handle) => flat.sendVideoStream(handle, video, bytes)],
  ['sendAudioStream', (handle) => flat.sendAudioStream(handle, { ...video, media: flat.MEDIA.ALAW }, bytes)],
  ['sendMessageStream', (handle) => flat.sendMessageStream(handle, { ...video, media: 0 }, bytes)],
  ['requestKeyFrame', (handle) => flat.requestKeyFrame(handle, 0)],
  ['subscribeVideo', (handle) => flat.subscribeVideo(handle, 0)],
  ['unsubscribeVideo', (handle) => flat.unsubscribeVideo(handle, 0)],
  ['subscribeAudio', (handle) => flat.subscribeAudio(handle, 0)],
  ['unsubscribeAudio', (handle) => flat.unsubscribeAudio(handle, 0)],
  ['connGetStats', (handle) => flat.connGetStats(handle)],
  ['connSetUserData', (handle) => flat.connSetUserData(handle, {})],
  ['connSetVideoBitrateParams', (handle) => flat.connSetVideoBitrateParams(handle, 0, 1, 2, 1)],
  ['connSetVideoBitrateRequestCallback', (handle) => flat.connSetVideoBitrateRequestCallback(handle, 0, nothing)],
];

describe('before init()', () => {
  it.each(CALLS)('%s returns -40001', (_name, call) => {
    expect(call(1)).toBe(NOT_INITIALIZED);
  });

  it('start, stop, connect and requests return -40001, and the other calls do nothing', async () => {
    expect(flat.start(null, {})).toBe(NOT_INITIALIZED);
    expect(flat.stop()).toBe(NOT_INITIALIZED);
    expect(flat.connect('cam', 'token', nothing)).toBe(NOT_INITIALIZED);
    expect(flat.whipAccept('offer', nothing)).toBe(NOT_INITIALIZED);
    expect(await flat.serviceRequest('/', '{}', null, nothing)).toBe(NOT_INITIALIZED);
    expect(flat.getSendBufferUsed(1)).toBe(0);
    expect(flat.connGetUserData(1)).toBeNull();
    expect(flat.setOption(flat.Option.MAX_CONNECTIONS, 3)).toBe(0);
    flat.uninit();
    expect([flat.init(), flat.init()]).toEqual([0, 0]);
  });
});

describe('invalid handles', () => {
  it.each(CALLS)('%s returns -40002', (_name, call) => {
    flat.init();
    for (const handle of [0, 1, -1, 12345, 2 ** 52, 1.5, Number.NaN, null, undefined, 'one', {}]) {
      expect(call(handle as flat.Handle)).toBe(INVALID_HANDLE);
    }
  });
});

describe('invalid arguments', () => {
  it('calls return -40003 and log what is wrong', () => {
    const log = recordLog();
    flat.init();
    const calls: readonly (() => unknown)[] = [
      () => flat.sendCommand(1, 0x1fff),
      () => flat.sendCommand(1, 1.5),
      () => flat.sendCommand(1, 0x8002, [1] as never),
      () => flat.sendVideoStream(1, { ...video, media: flat.MEDIA.ALAW }, bytes),
      () => flat.sendVideoStream(1, { ...video, streamId: 16 }, bytes),
      () => flat.sendVideoStream(1, { ...video, ts: Number.NaN }, bytes),
      () => flat.sendVideoStream(1, null as never, bytes),
      () => flat.sendAudioStream(1, video, bytes),
      () => flat.sendMessageStream(1, { ...video, media: 0 }, 5 as never),
      () => flat.requestKeyFrame(1, 16),
      () => flat.connSetVideoBitrateParams(1, 0, 2, 1, 1),
      () => flat.connSetVideoBitrateRequestCallback(1, 0, 5 as never),
      () => flat.connect(null as never, null, nothing),
      () => flat.connect('cam', null, null as never),
      () => flat.connect('cam', '', nothing),
      () => flat.whipAccept('', nothing),
      () => flat.setOption(0, 1),
      () => flat.setOption(14, 1),
      () => flat.setOption(flat.Option.MAX_CONNECTIONS, 0),
      () => flat.setOption(flat.Option.MAX_CONNECTIONS, '3'),
      () => flat.setOption(flat.Option.MAX_SEND_BUFFER, 16_383),
      () => flat.setOption(flat.Option.SERVICE_ENDPOINT, 'localhost:80'),
      () => flat.setOption(flat.Option.SECRET_KEY, ''),
      () => flat.setOption(flat.Option.CLIENT_ID, 'ü'),
      () => flat.setOption(flat.Option.CONNECT_LINK_MODE, 3),
      () => flat.start('cam,secret', null as never),
      () => flat.start('cam,secret', {}),
    ];
    expect(calls.map((call) => call())).toEqual(calls.map(() => INVALID_PARAMETER));
    expect(log).toHaveLength(calls.length);
    expect(log.at(-1)).toMatch(/no endpoint.*TIRTC_ENDPOINT/);
    expect(log.join('\n')).not.toContain('secret"');
  });

  it('start() returns the codes of the C function', () => {
    flat.init();
    flat.setOption(flat.Option.SERVICE_ENDPOINT, 'http://127.0.0.1:1');
    expect(flat.start('cam', {})).toBe(NO_SECRET_KEY);
    expect(flat.start('cam,', {})).toBe(NO_SECRET_KEY);
    expect(flat.start(',secret', {})).toBe(INVALID_LICENSE);
    expect(flat.start(`${'x'.repeat(64)},secret`, {})).toBe(INVALID_LICENSE);
    expect(flat.start('a\nb,secret', {})).toBe(INVALID_LICENSE);
    expect(flat.start(7 as never, {})).toBe(INVALID_LICENSE);
    expect(flat.start(`cam,${'x'.repeat(64)}`, {})).toBe(INVALID_PARAMETER);
  });

  it('without a started device, calls return the codes of the C functions', () => {
    flat.init();
    expect(flat.connect('cam', 'token', nothing)).toBe(NOT_INITIALIZED);
    expect(flat.stop()).toBe(0);
    expect(flat.whipAccept('offer', nothing)).toBe(LACK_OF_RESOURCE);
    vi.stubEnv('TIRTC_ENDPOINT', 'http://127.0.0.1:1');
    expect(flat.start(null, {})).toBe(0);
    expect(flat.start(null, {})).toBe(0);
    expect(flat.start('cam,secret', {})).toBe(INVALID_PARAMETER);
    expect(flat.connect('cam', null, nothing)).toBe(CACHE_EXPIRED);
  });
});

it('no log line contains a token, in whichever argument it was passed', () => {
  const token = 'v1.eyJub25jZSI6IjEyMyJ9.c2lnbmF0dXJl';
  const lines = recordLog();
  flat.init();
  flat.setOption(token as never, 1);
  flat.sendMessageStream(1, { ...video, media: 0, streamId: token as never }, bytes);
  flat.requestKeyFrame(1, token as never);
  expect(lines.length).toBeGreaterThanOrEqual(3);
  expect(lines.join()).not.toContain(token.slice(3));
});

it.each([
  [
    'throws',
    () => {
      throw new Error('no room for lines');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no room for lines'))],
])('a log callback that %s causes a warning of the process', async (_, callback) => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  recordLog();
  flat.logSetCallback(callback as never);
  expect(flat.setOption(99, 1)).toBe(INVALID_PARAMETER);
  await vi.waitFor(() => expect(warned).toHaveBeenCalledWith(expect.stringContaining('no room for lines')));
});

describe('command words', () => {
  it('words are made as by the macros, and sequence numbers count up', () => {
    const first = flat.atomicGetCmdSn();
    expect(flat.atomicGetCmdSn()).toBe((first + 1) & 0xffff);
    const word = flat.makeCmdw(0x4001, 7);
    expect([flat.getCmd(word), flat.getSn(word), flat.isReservedCmdw(word)]).toEqual([0x4001, 7, false]);
  });
});
