import { expect, it } from 'vitest';
import { type BehaviourEvent, DeviceBehaviour } from '../../lib/cast/device_behaviour.js';
import { PeerConnection, type Transport } from '../../lib/connection/index.js';
import { ErrorCode } from '../../lib/errors/index.js';
import { readCommandTable, toneSource } from '../../lib/sim/index.js';
import { makeCommandWord } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake_clock.js';

/** A simulated device on a link whose sends return `result`. */
function onLink() {
  const clock = new FakeClock();
  const state = { result: 1, sends: 0 };
  const send = () => {
    state.sends += 1;
    return state.result;
  };
  const transport: Transport = {
    sendCommand: () => state.result,
    sendFrame: send,
    refusal: () => 'full',
    sendRequest: send,
    answerSubscribe: () => 1,
    bufferedBytes: () => 0,
    pauseReceiving: () => false,
    requestDrain: () => {},
    rtt: () => ({ audioRttMs: 0, videoRttMs: 0, commandRttMs: 0 }),
    close: () => {},
  };
  const connection = new PeerConnection({ remoteId: 'viewer', transport, clock });
  const events: BehaviourEvent[] = [];
  const errors: unknown[] = [];
  const behaviour = new DeviceBehaviour({
    connection,
    subject: 'viewer',
    streams: [{ stream: 1, source: toneSource() }],
    clock,
    commands: readCommandTable({ other: 'echo' }),
    acceptSubscription: ({ exists }) => exists,
    recordTo: undefined,
    onEvent: (event) => events.push(event),
    reportError: (error) => errors.push(error),
  });
  const subscribed = async () => {
    const accepted = new Promise<void>((resolve) => void connection.once('subscribed', () => resolve()));
    connection.deliverRequest('subscribeAudio', 1);
    await accepted;
  };
  return { clock, state, connection, behaviour, events, errors, subscribed };
}

it('a simulated device plays and answers as long as the link accepts data', async () => {
  const { clock, state, behaviour, subscribed, errors } = onLink();
  await subscribed();
  clock.advance(100);
  expect(state.sends).toBe(6);
  expect(behaviour.sent()).toMatchObject([{ stream: 1, kind: 'audio', sentFrames: 6, skippedFrames: 0 }]);
  expect(errors).toEqual([]);
});

it.each([ErrorCode.CONN_REMOTECLOSE, ErrorCode.CONN_OTHER_ERROR, ErrorCode.INVALID_HANDLE])(
  'falls silent without an error when a send is the first to know of the end (%i)',
  async (number) => {
    const { clock, state, connection, subscribed, errors, events } = onLink();
    await subscribed();
    clock.advance(20);
    state.result = number;
    connection.deliverCommand(makeCommandWord(0x4001, 1), new Uint8Array(0));
    await new Promise((resolve) => setImmediate(resolve)); /* the answer is sent in a microtask */
    clock.advance(20);
    const { sends } = state;
    clock.advance(1000);
    expect(state.sends).toBe(sends);
    expect(clock.pendingTimers).toBe(0);
    expect(errors).toEqual([]);
    expect(events.map(({ event }) => event)).toEqual(['subscribed']);
  },
);

it('a simulated device emits busy once, and again after a frame has fit', async () => {
  const { clock, state, behaviour, subscribed, events } = onLink();
  await subscribed();
  for (const result of [ErrorCode.BUSY, ErrorCode.BUSY, 1, ErrorCode.BUSY]) {
    state.result = result;
    clock.advance(20);
  }
  expect(events.filter(({ event }) => event === 'busy')).toHaveLength(2);
  expect(behaviour.sent()[0]?.skippedFrames).toBeGreaterThanOrEqual(3);
});
