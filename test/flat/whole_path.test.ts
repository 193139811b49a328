import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Client } from '../../lib/client/index.js';
import * as flat from '../../lib/flat/index.js';
import { nextEvent } from '../contract/support.js';
import { makeDevice, next, secretOf, startService, tokenFor } from '../device/support.js';
import { recordingCallbacks, recordLog } from './support.js';

const { Event, Option } = flat;

async function startFlat(device: string | null, own: flat.Callbacks = {}) {
  const log = recordLog();
  const { service, endpoint } = await startService(['cam']);
  const recorded = recordingCallbacks(own);
  expect(flat.init()).toBe(0);
  expect(flat.setOption(Option.SERVICE_ENDPOINT, endpoint)).toBe(0);
  expect(flat.start(device, recorded.callbacks)).toBe(0);
  return { log, service, endpoint, ...recorded };
}

const text = (data: unknown): string => Buffer.from(data as Uint8Array).toString();

describe('a device that uses the flat functions', () => {
  it('the device starts, serves a client, and stops, with the callbacks of a program in C', async () => {
    const {
      endpoint,
      next: called,
      log,
      calls: rest,
    } = await startFlat(`cam,${secretOf('cam')}`, {
      onSubscribeAudio: () => -7,
    });
    await called('onEvent', Event.SYS_STARTED);
    const client = new Client({ endpoint });
    const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
    const [handle] = (await called('onConnAccepted')) as [flat.Handle];
    expect(flat.connSetUserData(handle, 'mine')).toBe(0);

    await near.subscribeVideo(3);
    expect(await called('onSubscribeVideo')).toEqual([handle, 3]);
    await expect(near.subscribeAudio(4)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
    near.requestKeyFrame(3);
    expect(await called('onRequestKeyFrame')).toEqual([handle, 3]);

    const frame = nextEvent(near, 'video');
    const info = { streamId: 3, media: flat.MEDIA.H264, flags: flat.KEY_FRAME_FLAG, reserved: 9, ts: 2 ** 32 + 5 };
    expect(flat.sendVideoStream(handle, info, Buffer.from('picture'))).toBe(12 + 7);
    expect((await frame)[0]).toMatchObject({ stream: 3, media: 66, flags: 1, reserved: 9, timestampMs: 5 });
    expect(flat.sendVideoStream(handle, { ...info, streamId: 5, flags: 0 }, null)).toBe(-40006);
    expect(flat.sendAudioStream(handle, { ...info, media: flat.MEDIA.ALAW }, 'abc')).toBe(-40003);
    expect(log.at(-1)).toMatch(/^ERROR sendAudioStream: 3 bytes were refused: the stream carries the other of audio/);

    near.sendMessage({ stream: 1, timestampMs: 8, data: Buffer.from('note') });
    const [, got, data] = await called('onMessage');
    expect([got, text(data)]).toEqual([{ streamId: 1, media: 0, flags: 0, reserved: 0, ts: 8 }, 'note']);

    const answer = near.request(0x4001, 'question');
    const [, word, question] = (await called('onCommand')) as [flat.Handle, number, Uint8Array];
    expect([flat.getCmd(word), text(question)]).toEqual([0x4001, 'question']);
    expect(flat.sendResp(handle, word, 'answer')).toBe(4 + 6);
    expect(text((await answer).data)).toBe('answer');
    expect(flat.connGetStats(handle)).toMatchObject({ commandRttMs: expect.any(Number) });

    await near.close();
    expect(await called('onConnError')).toEqual([handle, -40008]);
    expect(flat.sendCommand(handle, word, null)).toBe(-40008);
    expect(flat.connGetUserData(handle)).toBe('mine');
    expect([flat.disconnect(handle), flat.disconnect(handle)]).toEqual([0, -40002]);
    await called('onDisconnected', handle);
    expect(flat.connGetUserData(handle)).toBeNull();

    expect(flat.stop()).toBe(0);
    await called('onEvent', Event.SYS_STOPPED);
    expect(rest).toEqual([]);
    expect(log.join('\n')).not.toContain(secretOf('cam'));
  });

  it('START_FAILED reports why the device cannot start, and whether it will try again', async () => {
    const { next: called, log } = await startFlat('cam,wrong');
    expect(await called('onEvent', Event.START_FAILED)).toEqual([Event.START_FAILED, { error: -40004, retryInMs: 0 }]);
    expect(log.join('\n')).toContain('-40004');
    expect(flat.setOption(Option.SECRET_KEY, secretOf('cam'))).toBe(0);
    expect(flat.start('cam', { onEvent: () => {} })).toBe(0);
  });

  it('after stop() the connections have failed and stay valid until they are disconnected', async () => {
    const { endpoint, next: called } = await startFlat(`cam,${secretOf('cam')}`);
    await called('onEvent', Event.SYS_STARTED);
    const client = new Client({ endpoint });
    await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
    const [handle] = (await called('onConnAccepted')) as [flat.Handle];
    flat.stop();
    expect(await called('onConnError')).toEqual([handle, -40009]);
    await called('onEvent', Event.SYS_STOPPED);
    expect(flat.disconnect(handle)).toBe(0);
    await called('onDisconnected', handle);
  });

  it('a failing callback is logged, and the device continues', async () => {
    const {
      endpoint,
      next: called,
      log,
    } = await startFlat(`cam,${secretOf('cam')}`, {
      onCommand: () => {
        throw new Error('this one fails');
      },
    });
    await called('onEvent', Event.SYS_STARTED);
    const near = await new Client({ endpoint }).connect({ remoteId: 'cam', token: tokenFor('cam') });
    near.sendCommand({ command: 0x4001, sequenceNumber: 1 });
    near.requestKeyFrame(2);
    await called('onRequestKeyFrame');
    expect(log.join('\n')).toContain('this one fails');
  });

  it('a second start() keeps the callbacks of the first', async () => {
    const { next: called } = await startFlat(`cam,${secretOf('cam')}`);
    const other = recordingCallbacks();
    expect(flat.start(`cam,${secretOf('cam')}`, other.callbacks)).toBe(0);
    await called('onEvent', Event.SYS_STARTED);
    flat.stop();
    await called('onEvent', Event.SYS_STOPPED);
    expect(other.calls).toEqual([]);
  });

  it('a callback may reject, and a subscribe without a decision on return is refused', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const recorded = await startFlat(`cam,${secretOf('cam')}`, {
      onConnAccepted: () => Promise.reject(new Error('this one rejects')),
      onSubscribeVideo: (() => Promise.resolve(0)) as never,
      onSubscribeAudio: () => 'no' as never,
    });
    const { endpoint, log, next: called } = recorded;
    await called('onEvent', Event.SYS_STARTED);
    const near = await new Client({ endpoint }).connect({ remoteId: 'cam', token: tokenFor('cam') });
    await vi.waitFor(() => expect(log.join('\n')).toContain('this one rejects'));
    await expect(near.subscribeVideo(1)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
    await expect(near.subscribeAudio(2)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
    expect(log.join('\n')).toMatch(/onSubscribeVideo: it returned a promise.*onSubscribeAudio: it returned "no"/s);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('after uninit() no callback is called, also when a callback called it', async () => {
    const { calls } = await startFlat(`cam,${secretOf('cam')}`, {
      onEvent: (event) => {
        if (event === Event.SYS_STARTED) flat.uninit();
      },
    });
    await expect.poll(() => flat.disconnect(1)).toBe(-40001);
    expect(calls).toEqual([]);
    expect(flat.init()).toBe(0);
  });
});

describe('a client that uses the flat functions', () => {
  it('connect() works with a token and with a ticket, and reports a failure, with exactly one callback each', async () => {
    const { endpoint, next: called, note } = await startFlat(null);
    await called('onEvent', Event.SYS_STARTED);
    const device = makeDevice(endpoint, 'cam');
    await device.start();
    const accepted = next(device, 'connection');
    expect(flat.connect('device://cam', tokenFor('cam'), note('connected'), 'user')).toBe(0);
    const [error, handle, user] = (await called('connected')) as [number, flat.Handle, unknown];
    expect([error, user]).toEqual([0, 'user']);
    const [far] = await accepted;
    far.handle(0x4001, () => 'here');
    const word = flat.makeCmdw(0x4001, flat.atomicGetCmdSn());
    expect(flat.sendReq(handle, word)).toBe(4);
    const [, answered, data] = await called('onCommand');
    expect([answered, text(data)]).toEqual([word | flat.RESPONSE_BIT, 'here']);

    flat.disconnect(handle);
    await called('onDisconnected', handle);
    expect(flat.whipConnect('whip://cam', null, note('again'))).toBe(0);
    expect((await called('again'))[0]).toBe(0);
    expect(flat.connect('unknown', tokenFor('cam'), note('refused'))).toBe(0);
    expect((await called('refused')).slice(0, 2)).toEqual([expect.any(Number), 0]);
    expect(flat.connect('cam', 'v1.wrong.token', note('wrong'))).toBe(0);
    expect(await called('wrong')).toEqual([-40012, 0, undefined]);
  });

  it('bit rates are recommended by a callback of the stream or of the table', async () => {
    const { endpoint, next: called, note } = await startFlat(null);
    const device = makeDevice(endpoint, 'cam');
    await device.start();
    flat.connect('cam', tokenFor('cam'), note('connected'));
    const [, handle] = (await called('connected')) as [number, flat.Handle];
    expect(flat.connSetVideoBitrateParams(handle, 1, 100_000, 900_000, 500_000)).toBe(0);
    expect(await called('onUpdateBitrate')).toEqual([handle, 1, 500_000]);
    expect(flat.connSetVideoBitrateRequestCallback(handle, 2, note('rate'), 'user')).toBe(0);
    expect(await called('rate')).toEqual([handle, 2, 1_000_000, 'user']);
  });

  it('serviceRequest() returns what the C function returns, and calls back with data only', async () => {
    const { service, note, calls } = await startFlat(null);
    const data = () => calls.filter(({ name }) => name === 'data').map(({ values }) => values);
    service.route('POST', '/v1/echo', ({ token, body }) => ({ data: { token, body } }));
    service.route('GET', '/v1/none', () => ({ message: 'no data' }));
    service.route('GET', '/v1/null', () => ({ data: null }));
    service.route('GET', '/v1/refused', () => ({ code: 1001, message: 'no', data: 1 }));
    service.route('GET', '/v1/away', () => ({ raw: { status: 302, headers: { Location: '/v1/none' } } }));
    service.route('GET', '/v1/text', () => ({ raw: { body: 'hello' } }));
    const ask = (path: string, json: string | null = null) => flat.serviceRequest(path, json, null, note('data'));
    expect(await flat.serviceRequest('/v1/echo', '{}', 't', note('data'), 5)).toBe(0);
    expect(await ask('/v1/none')).toBe(0);
    expect(await ask('/v1/null')).toBe(0);
    expect(await ask('/v1/refused')).toBe(1001);
    expect(await ask('/v1/away')).toBe(302);
    expect(await ask('/v1/nothing', '')).toBe(404);
    expect(await ask('/v1/text')).toBe(-40015);
    expect(await ask('no path')).toBe(-40003);
    expect(await flat.serviceRequest('/v1/echo', '{}', null, null)).toBe(0);
    expect(data()).toEqual([['{"token":"t","body":"{}"}', 5]]);
  });

  it('an answer that arrives after uninit() causes no callback', async () => {
    const { service, note, calls } = await startFlat(null);
    service.route('POST', '/v1/late', () => {
      flat.uninit();
      return { data: 'late' };
    });
    expect(await flat.serviceRequest('/v1/late', '{}', null, note('body'))).toBe(0);
    expect(calls.filter(({ name }) => name === 'body')).toEqual([]);
  });
});
