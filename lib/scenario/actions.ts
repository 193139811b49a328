import { delay } from '../base/index.js';
import {
  CANCELLED,
  clientOf,
  durationMs,
  EXPECTATIONS,
  forEach,
  forEachActor,
  ScenarioFailure,
  streamOf,
  timeoutOf,
} from '../cast/index.js';
import { TiRtcError } from '../errors/index.js';
import type { ActionName, Actions, ConnectStep, StartStep } from './schema.js';
import type { World } from './world.js';

type SimpleAction = Exclude<ActionName, 'repeat' | 'parallel'>;

/** The actions by name. Each resolves when it is done and throws a ScenarioFailure when it cannot be done. */
export const ACTIONS: {
  readonly [Name in SimpleAction]: (world: World, given: Actions[Name]) => void | Promise<void>;
} = {
  start: async (world, given) => {
    const steps = isObject<StartStep>(given)
      ? [given]
      : [given].flat().map((actor): StartStep => ({ actor: String(actor) }));
    await forEach(steps, async (step) => {
      await forEach(world.members(step.actor), (name) => startActor(world, name, step));
    });
  },
  stop: (world, given) => forEachActor(world, given, (name) => findStoppable(world, name).stop()),
  kill: (world, name) => world.programs.get(name)?.kill(),
  connect: (world, given) => {
    const step = typeof given === 'string' ? { client: given } : given;
    return forEachActor(world, step.client, (name) => connectClient(world, name, step));
  },
  disconnect: (world, given) => forEachActor(world, given, async (name) => await clientOf(world, name).disconnect()),
  subscribe: (world, step) =>
    forEachActor(world, step.client, async (name) => {
      const client = clientOf(world, name);
      const { kind, stream, timeoutMs } = streamOf(step);
      const { connection } = client;
      const subscribed =
        kind === 'video'
          ? connection.subscribeVideo(stream, { timeoutMs })
          : connection.subscribeAudio(stream, { timeoutMs });
      await expectOutcome(subscribed, step.refused === true ? 'SUBSCRIBE_REFUSED' : undefined, `${kind} ${stream}`);
      if (step.refused !== true) client.noteSubscribed(kind, stream);
    }),
  unsubscribe: (world, step) =>
    forEachActor(world, step.client, (name) => {
      const { kind, stream } = streamOf(step);
      const { connection } = clientOf(world, name);
      if (kind === 'video') connection.unsubscribeVideo(stream);
      else connection.unsubscribeAudio(stream);
    }),
  ...EXPECTATIONS,
  wait: (world, duration) => delay(world.clock, durationMs(duration), world.signal),
  moveDate: (world, shift) => world.clock.moveDate(durationMs(shift)),
  fault: (world, { as, ...fault }) => {
    const handle = world.service.fault(fault);
    if (as !== undefined) world.faults.set(as, handle);
  },
  lift: (world, name) => world.faults.get(name)?.lift(),
};

function isObject<Kind extends object>(value: unknown): value is Kind {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function findStoppable(world: World, name: string): { stop(): Promise<void> } {
  return world.devices.get(name) ?? world.programs.get(name) ?? world.service;
}

async function startActor(world: World, name: string, { within, fails, wait = true }: StartStep): Promise<void> {
  const device = world.devices.get(name);
  if (device === undefined) {
    await (world.programs.get(name) ?? world.service).start();
    return;
  }
  const started = device.start(wait ? timeoutOf(within) : 0x7fff_ffff, world.signal);
  if (wait) await expectOutcome(started, fails, `the start of ${name}`);
  else started.catch(() => {}); // its events report the outcome
}

async function connectClient(world: World, name: string, step: ConnectStep): Promise<void> {
  const client = clientOf(world, name);
  const connected = client.connect(
    step.with,
    () => world.token(client.deviceId, name, step.token),
    step.within === undefined ? undefined : durationMs(step.within),
    step.cancelAfter === undefined ? undefined : durationMs(step.cancelAfter),
  );
  await expectOutcome(connected, step.fails, `the connect of ${name}`, step.cancelAfter !== undefined);
}

/** Throws unless the attempt succeeds, or fails with the code `fails` if that is given. */
async function expectOutcome(
  attempt: Promise<void>,
  fails: string | undefined,
  what: string,
  mayBeCancelled = false,
): Promise<void> {
  try {
    await attempt;
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    if (error.code === fails || (mayBeCancelled && error.code === CANCELLED)) return;
    const wanted = fails === undefined ? '' : ` with ${error.code} instead of ${fails}`;
    throw new ScenarioFailure(`${what} failed${wanted}: ${error.message}`);
  }
  if (fails !== undefined) throw new ScenarioFailure(`${what} succeeded, expected ${fails}`);
}
