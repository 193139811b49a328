import { DURATION_PATTERN, SHIFT_PATTERN } from '../cast/index.js';
import { FAULT_KINDS, FAULT_RULES, type FaultField, SERVICE_OPTION_NAMES } from '../service/index.js';
import { MAX_STREAMS } from '../wire/index.js';
import type { ActionName } from './types.js';

/** A JSON schema, draft 7. */
export type Schema = Readonly<Record<string, unknown>>;

const text = (description: string): Schema => ({ type: 'string', minLength: 1, description });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const choice = (description: string, ...values: readonly string[]): Schema => ({ enum: values, description });
const whole = (description: string, minimum: number, maximum: number): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  description,
});
const duration = (description: string): Schema => ({
  type: ['number', 'string'],
  minimum: 0,
  pattern: DURATION_PATTERN,
  description: `${description} Milliseconds, or text as in "250ms", "5s", "2m", "1h".`,
});
const object = (description: string, properties: Readonly<Record<string, Schema>>, ...required: string[]): Schema => ({
  type: 'object',
  description,
  properties,
  additionalProperties: false,
  ...(required.length === 0 ? {} : { required }),
});
/** An object or, for short, the value of its most important key. */
const short = (schema: Schema, ...types: readonly string[]): Schema => ({
  ...schema,
  type: ['object', ...types],
  ...(types.includes('array') ? { items: text('A name.'), minItems: 1 } : {}),
});
const names = (description: string): Schema => ({
  type: ['string', 'array'],
  items: text('A name.'),
  minItems: 1,
  description,
});

const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$';
const actors = (description: string, schema: Schema): Schema => ({
  type: 'object',
  description,
  propertyNames: { pattern: NAME_PATTERN },
  additionalProperties: schema,
});

const MAX_COPIES = 1000;
const copies = whole('So many of them, named name-1, name-2 and so on.', 1, MAX_COPIES);
const secret = choice('The secret key it uses. Default right.', 'right', 'wrong', 'unknown');
const within = duration('How long this may take. Default 10 s.');
const fails = text('It must fail, with this code, such as TOKEN_EXPIRED.');
const client = text('A client.');
const video = whole('A video stream.', 0, MAX_STREAMS - 1);
const audio = whole('An audio stream.', 0, MAX_STREAMS - 1);
const where: Schema = {
  type: 'object',
  description: 'Values the event must have. Text between slashes is a regular expression.',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
};
const steps: Schema = { type: 'array', minItems: 1, items: { $ref: '#/definitions/step' } };

const SERVICE_TEXTS: Readonly<Record<string, Schema>> = {
  host: text('Address to listen at. Default 127.0.0.1.'),
  pathPrefix: text('Path before /v1/..., such as /tirtc.'),
  tokenUse: choice('Whether a token opens one connection, or any number. Default once.', 'once', 'until-expiry'),
};
const NOT_OF_A_SCENARIO = ['devices', 'apps', 'seed', 'clock', 'network', 'logger', 'tls'];

const service = object(
  'The simulated service. Its devices and apps come from the other actors.',
  Object.fromEntries(
    SERVICE_OPTION_NAMES.filter((name) => !NOT_OF_A_SCENARIO.includes(name)).map((name) => [
      name,
      SERVICE_TEXTS[name] ?? whole(`Option ${name} of the service.`, name === 'port' ? 0 : 1, 4_294_967_295),
    ]),
  ),
);

const device = object('A simulated device. Its name is its device id.', {
  secret,
  streams: {
    type: 'array',
    description: 'What it plays.',
    items: object(
      'A stream.',
      {
        stream: whole('Its number.', 0, MAX_STREAMS - 1),
        from: text('A media file beside the scenario; or clock, tone, tone-pcm.'),
        loop: flag('Begin again at the end. Default true.'),
        fps: { type: 'number', exclusiveMinimum: 0, maximum: 1000, description: 'Pictures a second.' },
      },
      'stream',
      'from',
    ),
  },
  commands: { type: 'object', description: 'How it answers commands, as in {"0x4001": "echo"}.' },
  maxConnections: whole('Connections at a time. Default 16.', 1, 4_294_967_295),
  maxSendBuffer: whole('Bytes that may wait for the network. Default 524288.', 16_384, 4_294_967_295),
  copies,
});

const clientActor = object(
  'A client.',
  {
    device: text('Whom it connects to: a device, or the device of a program.'),
    sdk: choice('What it is made of. Default typescript.', 'typescript', 'native'),
    timeout: duration('How long a connect may take. Default 10 s.'),
    copies,
  },
  'device',
);

const program = object(
  'A program of yours, started as a child. It runs in the folder of the scenario file.',
  {
    run: { type: 'array', minItems: 1, items: { type: 'string' }, description: 'The program and its arguments.' },
    device: { ...text('The device id under which the service shall know it.'), pattern: NAME_PATTERN },
    secret,
    connectsTo: text('The device it gets a token for.'),
    env: { type: 'object', additionalProperties: { type: 'string' }, description: 'More variables.' },
  },
  'run',
);

function faultField(field: FaultField): Schema {
  switch (field.type) {
    case 'text':
      return { type: 'string', minLength: 1 };
    case 'number':
      return { type: 'integer', minimum: field.min, maximum: field.max };
    case 'choice':
      return { enum: field.of };
  }
}

const fault: Schema = {
  type: 'object',
  description: 'Make something go wrong. docs/faults.md lists them.',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: FAULT_KINDS.map((kind) => {
    const { what, needed, optional } = FAULT_RULES[kind];
    const fields = Object.entries({ ...needed, ...optional }).map(([name, field]) => [name, faultField(field)]);
    return {
      description: what,
      properties: { kind: { const: kind }, as: text('A name to lift it by.'), ...Object.fromEntries(fields) },
      required: ['kind', ...Object.keys(needed)],
      additionalProperties: false,
    };
  }),
};

const stream = { client, video, audio, within };

const ACTIONS: Readonly<Record<ActionName, Schema>> = {
  start: short(
    object(
      'Start actors.',
      { actor: text('An actor.'), within, fails, wait: flag('false: go on meanwhile.') },
      'actor',
    ),
    'string',
    'array',
  ),
  stop: names('Stop actors in good order.'),
  kill: text('End a program with SIGKILL.'),
  connect: short(
    object(
      'Connect a client.',
      {
        client,
        with: choice('Its credential. Default token.', 'token', 'used-token', 'ticket'),
        token: object('How its token is made.', {
          ttl: duration('How long it is good. Default 300 s.'),
          age: duration('How long ago it was issued.'),
          device: text('A device other than the one connected to.'),
          signature: choice('Whether the service knows its keys. Default right.', 'right', 'wrong'),
        }),
        within,
        fails,
        cancelAfter: duration('Cancel it then, unless it has succeeded by then.'),
      },
      'client',
    ),
    'string',
  ),
  disconnect: names('Hang up.'),
  subscribe: object('Subscribe a stream.', { ...stream, refused: flag('It must be refused.') }, 'client'),
  unsubscribe: object('Unsubscribe a stream.', { client, video, audio }, 'client'),
  keyFrame: object('Ask for a key frame and wait for it.', stream, 'client'),
  receive: object(
    'Wait for frames that come from now on.',
    {
      ...stream,
      frames: whole('So many. Default 1.', 1, 1_000_000),
      keyFrames: whole('So many of them key frames.', 1, 1_000_000),
      timestamps: choice('grow: each is later than the one before.', 'grow'),
      like: text('Each is a frame of this media file, byte for byte.'),
    },
    'client',
  ),
  request: object(
    'Send a command and wait for its answer.',
    {
      client,
      command: { type: ['string', 'integer'], description: 'Such as "0x4001".' },
      text: { type: 'string', description: 'Its data.' },
      expect: { type: 'string', description: 'What the answer must be.' },
      within,
    },
    'client',
    'command',
  ),
  expect: object(
    'Wait for an event that no earlier step has waited for; it may have happened already.',
    {
      actor: text('An actor.'),
      event: text('What it tells.'),
      where,
      count: whole('So many. Default 1.', 1, 1_000_000),
      within,
    },
    'actor',
    'event',
  ),
  never: object(
    'Nothing like this may happen from now on for a while.',
    { actor: text('An actor.'), event: text('What it tells.'), where, during: duration('For how long.') },
    'actor',
    'event',
    'during',
  ),
  wait: duration('Let time pass.'),
  moveDate: {
    type: ['number', 'string'],
    pattern: SHIFT_PATTERN,
    description: 'Set the date of service and backend forward, or back. Milliseconds, or text as in "3h", "-30m".',
  },
  fault,
  lift: text('End the fault of this name.'),
  repeat: object('Do steps again.', { times: whole('How often.', 1, 100_000), steps }, 'times', 'steps'),
  parallel: { ...steps, description: 'Do all of these at once.' },
};

export const ACTION_NAMES = Object.keys(ACTIONS) as readonly ActionName[];

/** What a scenario file may hold. docs/scenario.schema.json is this. */
export const SCENARIO_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://tirtc-emulator.invalid/scenario.schema.json',
  title: 'A scenario of tirtc run',
  ...object(
    'Actors, what they do, what goes wrong, and what must come of it.',
    {
      $schema: { type: 'string' },
      name: text('What it is called in reports.'),
      description: text('What it is for.'),
      seed: { type: ['integer', 'string'], description: 'The same seed, the same credentials and faults. Default 1.' },
      time: choice('Default virtual when all that takes part is ours.', 'virtual', 'real'),
      timeout: duration('The whole run has ended by then. Default 60 s.'),
      service,
      devices: actors('Simulated devices by name.', device),
      clients: actors('Clients by name.', clientActor),
      programs: actors('Programs of yours by name.', program),
      steps: { ...steps, description: 'What happens, in order.' },
    },
    'steps',
  ),
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
