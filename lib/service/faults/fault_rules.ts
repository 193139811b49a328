import { BYE_REASONS, inspectForError, invalidParameter, suggest } from '../../errors/index.js';
import type { Fault, FaultKind } from './fault.js';

/** What a field of a fault may hold. */
export type FaultField =
  | { readonly type: 'text' }
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly of: readonly string[] };

export interface FaultRule {
  readonly what: string;
  readonly needed: Readonly<Record<string, FaultField>>;
  readonly optional: Readonly<Record<string, FaultField>>;
}

const HOUR_MS = 3_600_000;
const text: FaultField = { type: 'text' };
const number = (min: number, max: number): FaultField => ({ type: 'number', min, max });
const choice = (...of: readonly string[]): FaultField => ({ type: 'choice', of });

const ms = number(1, HOUR_MS);
const device = text;
const afterMs = number(0, HOUR_MS);
const times = number(1, 1_000_000);
const timing = { afterMs, forMs: ms };
const link = choice('start', 'connect', 'accept');
const door = { device, link, times, ...timing };
const connection = number(1, 0xffff_ffff);
const pipe = { device, connection, link, towards: choice('service', 'peer', 'both'), ...timing };
const none = {};

/** Every kind of fault, what it does and what it takes. Validator and schemas read this. */
export const FAULT_RULES: Readonly<Record<FaultKind, FaultRule>> = {
  refuse: {
    what: 'answer with an HTTP status (503), or open the link and say bye',
    needed: none,
    optional: { status: number(400, 599), bye: choice(...Object.keys(BYE_REASONS)), ...door },
  },
  redirect: {
    what: 'answer with a redirect (302) to another place',
    needed: { location: text },
    optional: { status: number(300, 399), ...door },
  },
  hangUp: { what: 'close the TCP connection instead of an answer', needed: none, optional: door },
  answerSlowly: { what: 'answer later', needed: { delayMs: ms }, optional: door },
  neverAnswer: { what: 'take the request and say nothing', needed: none, optional: door },
  wrongProof: {
    what: 'prove itself to a device with a wrong MAC',
    needed: none,
    optional: { device, times, ...timing },
  },
  dropStartLink: { what: 'break the start link of a device', needed: { device }, optional: { afterMs } },
  cut: {
    what: 'break the links of a connection, or all of a device',
    needed: none,
    optional: { device, connection, link, afterMs },
  },
  kill: { what: 'end all links of a device without a goodbye', needed: { device }, optional: { afterMs } },
  stall: { what: 'let nothing pass', needed: none, optional: pipe },
  delay: { what: 'let everything pass later', needed: { delayMs: ms }, optional: pipe },
  jitter: { what: 'let everything pass unevenly late, in order', needed: { jitterMs: ms }, optional: pipe },
  throttle: {
    what: 'let so many bytes pass in a second',
    needed: { bytesPerSecond: number(1, 1_000_000_000) },
    optional: pipe,
  },
  corrupt: {
    what: 'turn one bit over in about so many bytes',
    needed: { everyBytes: number(1, 1_000_000_000) },
    optional: pipe,
  },
  truncate: {
    what: 'let so many bytes pass, then break the link',
    needed: { afterBytes: number(0, 1_000_000_000) },
    optional: pipe,
  },
  expireTickets: {
    what: 'end the tickets of a device, of an app, or all',
    needed: none,
    optional: { device, app: text, afterMs },
  },
  replayToken: { what: 'take tokens again that were used', needed: none, optional: { device, ...timing } },
  down: { what: 'be gone, then come back at the same port', needed: none, optional: timing },
};

export const FAULT_KINDS = Object.keys(FAULT_RULES) as readonly FaultKind[];

/** Faults that people ask for and that cannot be: why. */
const IMPOSSIBLE_FAULTS: Readonly<Record<string, string>> = {
  reorder:
    'a link is a byte pipe: TCP delivers in order, so no program can ever see another order; use "delay" or "jitter" for late messages, "corrupt" for broken ones',
  duplicate: 'a link is a byte pipe: TCP delivers each byte once; use "corrupt" for broken messages',
  loss: 'a link is a byte pipe: TCP loses nothing, it is late or it breaks; use "stall", "throttle" or "cut"',
};

/** Check a fault that came from anywhere. Throws INVALID_PARAMETER that names the field at fault and what is legal. */
export function checkFault(given: unknown): Fault {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidParameter('a fault must be an object', 'as in {"kind": "delay", "delayMs": 100}');
  }
  const { kind, ...fields } = given as Readonly<Record<string, unknown>>;
  const name = typeof kind === 'string' ? kind : '';
  const why = Object.hasOwn(IMPOSSIBLE_FAULTS, name) ? IMPOSSIBLE_FAULTS[name] : undefined;
  if (why !== undefined) throw invalidParameter(`there is no fault "${name}"`, why);
  if (!Object.hasOwn(FAULT_RULES, name)) {
    throw invalidParameter(`there is no fault ${inspectForError(kind)}`, suggest(name, FAULT_KINDS));
  }
  const rule = FAULT_RULES[kind as FaultKind];
  const known: Readonly<Record<string, FaultField>> = { ...rule.needed, ...rule.optional };
  for (const [key, value] of Object.entries(fields)) {
    const field = Object.hasOwn(known, key) ? known[key] : undefined;
    if (field === undefined) {
      throw invalidParameter(`the fault "${name}" has no ${JSON.stringify(key)}`, suggest(key, Object.keys(known)));
    }
    if (value !== undefined) checkField(`${key} of the fault "${name}"`, value, field);
  }
  for (const key of Object.keys(rule.needed)) {
    if (fields[key] === undefined) throw invalidParameter(`the fault "${name}" needs ${key}`, describe(known[key]));
  }
  const fault = given as Fault;
  checkTogether(fault);
  return Object.freeze({ ...fault });
}

function checkField(what: string, value: unknown, field: FaultField): void {
  if (isLegal(value, field)) return;
  throw invalidParameter(`${what} is ${inspectForError(value)}`, describe(field));
}

function isLegal(value: unknown, field: FaultField): boolean {
  switch (field.type) {
    case 'text':
      return typeof value === 'string' && value !== '' && !/[\r\n\0]/.test(value);
    case 'number':
      return typeof value === 'number' && Number.isInteger(value) && value >= field.min && value <= field.max;
    case 'choice':
      return typeof value === 'string' && field.of.includes(value);
  }
}

function describe(field: FaultField | undefined): string {
  switch (field?.type) {
    case 'number':
      return `use a whole number from ${field.min} to ${field.max}`;
    case 'choice':
      return `use one of ${field.of.join(', ')}`;
    default:
      return 'use a text of one line';
  }
}

/** What the fields mean together. */
function checkTogether(fault: Fault): void {
  if (fault.kind === 'refuse' && fault.status !== undefined && fault.bye !== undefined) {
    throw invalidParameter('the fault "refuse" has a status and a bye', 'give one of them');
  }
  if (fault.kind === 'cut' && fault.device === undefined && fault.connection === undefined) {
    throw invalidParameter('the fault "cut" says neither whose device nor which connection', 'give one of them');
  }
  if ('connection' in fault && fault.connection !== undefined) {
    if ('device' in fault && fault.device !== undefined) {
      throw invalidParameter(`the fault "${fault.kind}" has a device and a connection`, 'give one of them');
    }
    if (fault.link === 'start') {
      throw invalidParameter(
        'a connection has no start link',
        'use "connect" for its client or "accept" for its device',
      );
    }
  }
}
