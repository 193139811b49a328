import { SERVICE_OPTION_NAMES, type SimulatedServiceOptions } from '../service/index.js';
import { MAX_STREAMS } from '../wire/index.js';
import { choice, duration, flag, list, map, object, type Schema, text, type ValueOf, whole } from './json_schema.js';

/** Names of actors. */
export const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$';
const MAX_COPIES = 1000;
const MAX_U32 = 4_294_967_295;

const copies = whole('How many of them, named name-1, name-2 and so on.', 1, MAX_COPIES);
const secret = choice(
  'The secret key it uses: right, wrong (not the one that the service knows), or unknown (the service does not know it). Default right.',
  ...(['right', 'wrong', 'unknown'] as const),
);
export const client = text('The name of a client.');
export const within = duration('How long this may take. Default 10 s.');
export const stream = {
  video: whole('The number of a video stream.', 0, MAX_STREAMS - 1),
  audio: whole('The number of an audio stream.', 0, MAX_STREAMS - 1),
};

const SERVICE_TEXTS: Readonly<Record<string, Schema>> = {
  host: text('The address to listen on. Default 127.0.0.1.'),
  pathPrefix: text('The path before /v1/..., such as /tirtc.'),
  tokenUse: choice('Whether a token opens one connection or any number. Default once.', 'once', 'until-expiry'),
};
const NOT_OF_A_SCENARIO = [
  'allowHosts',
  'cors',
  'trustedProxies',
  'devices',
  'apps',
  'seed',
  'clock',
  'network',
  'logger',
  'tls',
  'store',
];

export type ServiceSpec = Omit<
  SimulatedServiceOptions,
  'allowHosts' | 'cors' | 'trustedProxies' | 'devices' | 'apps' | 'seed' | 'clock' | 'network' | 'tls'
>;

export const SERVICE_SPEC: Schema<ServiceSpec> = object(
  'The simulated service. Its devices and apps are those of the other actors.',
  {},
  Object.fromEntries(
    SERVICE_OPTION_NAMES.filter((name) => !NOT_OF_A_SCENARIO.includes(name)).map((name) => [
      name,
      SERVICE_TEXTS[name] ?? whole(`Option ${name} of the service.`, name === 'port' ? 0 : 1, MAX_U32),
    ]),
  ),
);

const streamSpec = object(
  'A stream.',
  {
    stream: whole('Its number.', 0, MAX_STREAMS - 1),
    from: text('A media file, by its path from the scenario; or clock, tone, tone-pcm.'),
  },
  {
    loop: flag('Start again at the end. Default true.'),
    fps: { type: 'number', exclusiveMinimum: 0, maximum: 1000, description: 'Pictures per second.' } as Schema<number>,
  },
);
export type StreamSpec = ValueOf<typeof streamSpec>;

/** A simulated device. */
export const DEVICE_SPEC = object(
  'A simulated device. Its name is its device id.',
  {},
  {
    secret,
    streams: list('What it plays.', streamSpec),
    commands: map('How it answers commands, as in {"0x4001": "echo"}.'),
    maxConnections: whole('Connections at a time. Default 16.', 1, MAX_U32),
    maxSendBuffer: whole('Bytes that may wait for the network. Default 524288.', 16_384, MAX_U32),
    copies,
  },
);
export type DeviceSpec = ValueOf<typeof DEVICE_SPEC>;

export const CLIENT_SPEC = object(
  'A client.',
  { device: text('The device it connects to: a simulated device, or the device of a program.') },
  {
    sdk: choice('Its implementation. Default typescript.', 'typescript', 'native'),
    timeout: duration('How long a connect may take. Default 10 s.'),
    copies,
  },
);
export type ClientSpec = ValueOf<typeof CLIENT_SPEC>;

export const PROGRAM_SPEC = object(
  'A program of yours, started as a child process in the folder of the scenario file.',
  {
    run: list(
      'The program and its arguments. {{endpoint}} and other names stand for their values.',
      { type: 'string' } as Schema<string>,
      1,
    ),
  },
  {
    device: { ...text('The id by which the service knows it as a device.'), pattern: NAME_PATTERN } as Schema<string>,
    secret,
    connectsTo: text('The device it gets a token for.'),
    env: map('More variables.', { type: 'string' } as Schema<string>),
  },
);
export type ProgramSpec = ValueOf<typeof PROGRAM_SPEC>;

export const CREDENTIAL = choice('Its credential. Default token.', 'token', 'used-token', 'ticket');
export type CredentialKind = ValueOf<typeof CREDENTIAL>;

export const STREAM_STEP = (description: string) => object(description, { client }, { ...stream, within });
export type StreamStep = ValueOf<ReturnType<typeof STREAM_STEP>>;

export const RECEIVE_STEP = object(
  'Wait for frames that arrive from now on.',
  { client },
  {
    ...stream,
    within,
    frames: whole('How many. Default 1.', 1, 1_000_000),
    keyFrames: whole('How many key frames among them.', 1, 1_000_000),
    timestamps: choice('grow: each is later than the one before.', 'grow'),
    like: text('Each frame must equal a frame of this media file, byte for byte.'),
  },
);
export type ReceiveStep = ValueOf<typeof RECEIVE_STEP>;

export const REQUEST_STEP = object(
  'Send a command and wait for its answer.',
  {
    client,
    command: { type: ['string', 'integer'], description: 'Such as "0x4001".' } as Schema<string | number>,
  },
  {
    text: { type: 'string', description: 'Its data.' } as Schema<string>,
    expect: { type: 'string', description: 'What the answer must be.' } as Schema<string>,
    within,
  },
);
export type RequestStep = ValueOf<typeof REQUEST_STEP>;

const event = { actor: text('The name of an actor.'), event: text('The name of its event.') };
const where = map('Details that the event must have. Text between slashes is a regular expression.', {
  type: ['string', 'number', 'boolean'],
} as Schema<string | number | boolean>);
export type Where = ValueOf<typeof where>;

export const EXPECT_STEP = object(
  'Wait for an event that no earlier step has waited for; it may have happened already.',
  event,
  { where, count: whole('How many. Default 1.', 1, 1_000_000), within },
);
export type ExpectStep = ValueOf<typeof EXPECT_STEP>;

export const NEVER_STEP = object(
  'Fail when such an event happens from now on, for a while.',
  { ...event, during: duration('For how long.') },
  { where },
);
export type NeverStep = ValueOf<typeof NEVER_STEP>;
