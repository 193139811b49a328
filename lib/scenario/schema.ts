import {
  type Cast,
  type DeviceActor,
  type Duration,
  jsonSchema,
  type Schema,
  type ServiceActor,
  specs,
  type ValueOf,
} from '../cast/index.js';
import { FAULT_KINDS, FAULT_RULES, type Fault, type FaultField, type InjectedFault } from '../service/index.js';
import type { WallClock } from '../types/index.js';

const { choice, duration, flag, map, object, text, whole } = jsonSchema;
const { client, stream, within } = specs;

/** Accepts an object or, for short, the value of its most important key. */
const short = <Long, Short>(schema: Schema<Long>, ...types: readonly string[]): Schema<Long | Short> => ({
  ...schema,
  type: ['object', ...types],
  ...(types.includes('array') ? { items: text('A name.'), minItems: 1 } : {}),
});
const names = (description: string): Schema<string | readonly string[]> => ({
  ...{ type: ['string', 'array'], items: text('A name.'), minItems: 1, description },
});
const actors = <Spec>(description: string, spec: Schema<Spec>): Schema<Readonly<Record<string, Spec>>> => ({
  ...map(description, spec),
  propertyNames: { pattern: specs.NAME_PATTERN },
});
const steps = (description?: string): Schema<readonly Step[]> => ({
  type: 'array',
  minItems: 1,
  items: { $ref: '#/definitions/step' },
  ...(description === undefined ? {} : { description }),
});

const fails = text('It must fail with this code, such as TOKEN_EXPIRED.');

const startStep = object(
  'Start actors.',
  { actor: text('The name of an actor.') },
  { within, fails, wait: flag('false: go on while it starts.') },
);
export type StartStep = ValueOf<typeof startStep>;

const tokenSpec = object(
  'How its token is made.',
  {},
  {
    ttl: duration('How long it is valid. Default 300 s.'),
    age: duration('How long ago it was issued.'),
    device: text('A device other than the one that the client connects to.'),
    signature: choice('wrong: signed with keys that the service does not know. Default right.', 'right', 'wrong'),
  },
);
export type TokenSpec = ValueOf<typeof tokenSpec>;

const connectStep = object(
  'Connect a client.',
  { client },
  {
    with: specs.CREDENTIAL,
    token: tokenSpec,
    within,
    fails,
    cancelAfter: duration('Cancel it after this long; succeeding before that is also a success.'),
  },
);
export type ConnectStep = ValueOf<typeof connectStep>;

function faultField(field: FaultField): Schema {
  if (field.type === 'choice') return { enum: field.of };
  if (field.type === 'text') return { type: 'string', minLength: 1 };
  return { type: 'integer', minimum: field.min, maximum: field.max };
}

const fault: Schema<Fault & { readonly as?: string }> = {
  type: 'object',
  description: 'Inject a fault. docs/faults.md lists them.',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: FAULT_KINDS.map((kind) => {
    const { what, needed, optional } = FAULT_RULES[kind];
    const fields = Object.entries({ ...needed, ...optional }).map(([name, field]) => [name, faultField(field)]);
    return {
      description: what,
      properties: { kind: { const: kind }, as: text('A name by which to lift it.'), ...Object.fromEntries(fields) },
      required: ['kind', ...Object.keys(needed)],
      additionalProperties: false,
    };
  }),
};

const shift: Schema<Duration> = {
  type: ['number', 'string'],
  pattern: jsonSchema.SHIFT_PATTERN,
  description: 'Move the date of service and backend forward, or back. Milliseconds, or text as in "3h", "-30m".',
};

/** The actions without other steps in them. */
const SIMPLE_ACTIONS = {
  start: short<StartStep, string | readonly string[]>(startStep, 'string', 'array'),
  stop: names('Stop actors gracefully.'),
  kill: text('Kill a program with SIGKILL.'),
  connect: short<ConnectStep, string>(connectStep, 'string'),
  disconnect: names('Close the connections of clients.'),
  subscribe: object(
    'Subscribe to a stream.',
    { client },
    { ...stream, within, refused: flag('The device must refuse it.') },
  ),
  unsubscribe: object('Unsubscribe from a stream.', { client }, stream),
  keyFrame: specs.STREAM_STEP('Ask for a key frame and wait for it.'),
  receive: specs.RECEIVE_STEP,
  request: specs.REQUEST_STEP,
  expect: specs.EXPECT_STEP,
  never: specs.NEVER_STEP,
  wait: duration('Let time pass.'),
  moveDate: shift,
  fault,
  lift: text('End the fault of this name.'),
};

type SimpleActions = { readonly [Name in keyof typeof SIMPLE_ACTIONS]: ValueOf<(typeof SIMPLE_ACTIONS)[Name]> };

export interface Actions extends SimpleActions {
  readonly repeat: { readonly times: number; readonly steps: readonly Step[] };
  readonly parallel: readonly Step[];
}

export type ActionName = keyof Actions;

/** What a step that is a function receives: the actors of the run. */
export interface ScenarioWorld extends Cast {
  readonly clock: WallClock & { moveDate(byMs: number): void };
  readonly service: ServiceActor;
  readonly devices: ReadonlyMap<string, DeviceActor>;
  /** Faults by the names that steps gave them. */
  readonly faults: ReadonlyMap<string, InjectedFault>;
  /** Issues a token for a device. */
  token(deviceId: string, subject: string, spec?: TokenSpec): string;
}

/** One action; in TypeScript also a function. */
export type Step =
  | { readonly [Name in ActionName]: { readonly [Key in Name]: Actions[Name] } }[ActionName]
  | ((world: ScenarioWorld) => void | Promise<void>);

const ACTIONS: { readonly [Name in ActionName]: Schema<Actions[Name]> } = {
  ...SIMPLE_ACTIONS,
  repeat: object('Run steps several times.', { times: whole('How often.', 1, 100_000), steps: steps() }, {}),
  parallel: steps('Run all of these at once.'),
};

export const ACTION_NAMES = Object.keys(ACTIONS) as readonly ActionName[];

const scenario = object(
  'Actors, their steps, the faults, and the outcome that must follow.',
  { steps: steps('The steps, in order.') },
  {
    $schema: { type: 'string' } as Schema<string>,
    name: text('Its name in reports.'),
    description: text('What it tests.'),
    seed: {
      type: ['integer', 'string'],
      description: 'The same seed gives the same credentials, challenges and faults. Default 1.',
    } as Schema<number | string>,
    time: choice(
      'virtual: without waiting, and the same seed gives the same run. real: with sockets and the clock of the machine. Default virtual when all actors are simulated.',
      ...(['virtual', 'real'] as const),
    ),
    timeout: duration('The longest time for the whole run. Default 60 s.'),
    service: specs.SERVICE_SPEC,
    devices: actors('Simulated devices by name.', specs.DEVICE_SPEC),
    clients: actors('Clients by name.', specs.CLIENT_SPEC),
    programs: actors('Programs of yours by name.', specs.PROGRAM_SPEC),
  },
);

/** What a scenario file holds; in TypeScript, an object. docs/scenarios.md explains each part. */
export type Scenario = ValueOf<typeof scenario>;
export type ScenarioTime = NonNullable<Scenario['time']>;

/** The schema of scenario files; docs/scenario.schema.json is its text. */
export const SCENARIO_SCHEMA: Schema<Scenario> = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://tirtc-emulator.invalid/scenario.schema.json',
  title: 'A scenario of tirtc run',
  ...scenario,
  definitions: {
    step: {
      type: 'object',
      description: 'One action.',
      properties: ACTIONS,
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
    },
  },
};
