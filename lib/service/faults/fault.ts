import { BYE_REASONS, type ByeName, inspectForError, invalidParameter, suggest } from '../../errors/index.js';
import type { LinkName } from '../../wire/index.js';

/** When a fault holds. It begins at once and holds until it is lifted, unless these say otherwise. */
export interface FaultTiming {
  /** It begins so much later. */
  readonly afterMs?: number;
  /** It is lifted by itself so long after it began. */
  readonly forMs?: number;
}

/** Whose links are opened: all that are not ruled out. */
export interface UpgradeTarget extends FaultTiming {
  /** Device id; of a client, the device it asks for. */
  readonly device?: string;
  readonly link?: LinkName;
  /** It is lifted once it has met so many. */
  readonly times?: number;
}

/** Which links that are open, or will be: all that are not ruled out. */
export interface LinkTarget extends FaultTiming {
  readonly device?: string;
  /** The number of a connection that is open now. */
  readonly connection?: number;
  /** `start`: of a device; `accept`: the device's half of a connection; `connect`: the client's. */
  readonly link?: LinkName;
  /** Bytes to the service, to the peer, or both, which is the default. */
  readonly towards?: 'service' | 'peer' | 'both';
}

/** Something that goes wrong on purpose. Plain data: it can be written in JSON. */
export type Fault =
  /** Answer with an HTTP status (503), or open the link and say `bye`. */
  | (UpgradeTarget & { readonly kind: 'refuse'; readonly status?: number; readonly bye?: ByeName })
  | (UpgradeTarget & { readonly kind: 'redirect'; readonly location: string; readonly status?: number })
  /** Close the TCP connection instead of an answer. */
  | (UpgradeTarget & { readonly kind: 'hangUp' })
  | (UpgradeTarget & { readonly kind: 'answerSlowly'; readonly delayMs: number })
  | (UpgradeTarget & { readonly kind: 'neverAnswer' })
  /** The service proves itself to a device with a wrong MAC, as somebody would who does not know the secret. */
  | (FaultTiming & { readonly kind: 'wrongProof'; readonly device?: string; readonly times?: number })
  | { readonly kind: 'dropStartLink'; readonly device: string; readonly afterMs?: number }
  /** Links break: those of a connection, or all of a device. */
  | {
      readonly kind: 'cut';
      readonly device?: string;
      readonly connection?: number;
      readonly link?: LinkName;
      readonly afterMs?: number;
    }
  /** A device is gone from one moment to the next: all its links end without a close frame. */
  | { readonly kind: 'kill'; readonly device: string; readonly afterMs?: number }
  /** Nothing passes, and nobody is told. */
  | (LinkTarget & { readonly kind: 'stall' })
  | (LinkTarget & { readonly kind: 'delay'; readonly delayMs: number })
  /** Each piece is late by 0 to `jitterMs`; the order stays. */
  | (LinkTarget & { readonly kind: 'jitter'; readonly jitterMs: number })
  | (LinkTarget & { readonly kind: 'throttle'; readonly bytesPerSecond: number })
  /** One bit in about every `everyBytes` bytes is turned over. */
  | (LinkTarget & { readonly kind: 'corrupt'; readonly everyBytes: number })
  /** So many bytes still pass, then the link breaks, be it in the middle of a message. */
  | (LinkTarget & { readonly kind: 'truncate'; readonly afterBytes: number })
  /** Tickets are no longer good: those of a device, of an app, or all. */
  | { readonly kind: 'expireTickets'; readonly device?: string; readonly app?: string; readonly afterMs?: number }
  /** A token that was used is taken again, as by a service that forgets. */
  | (FaultTiming & { readonly kind: 'replayToken'; readonly device?: string })
  /** The service is gone without a goodbye; when this is lifted it listens at the same port again. What it knew it
   *  knows. */
  | (FaultTiming & { readonly kind: 'down' });

/** The names of all faults. */
export type FaultKind = Fault['kind'];

/** What happened to a fault. `met`: it had an effect; `failed`: it could not be carried out. */
export interface FaultEvent {
  /** Counts up from 1. */
  readonly fault: number;
  readonly kind: Fault['kind'];
  readonly what: 'began' | 'met' | 'lifted' | 'failed';
  readonly detail: string;
}

export interface FaultLogEntry extends FaultEvent {
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** A fault that `service.fault()` injected. */
export interface InjectedFault {
  readonly number: number;
  readonly fault: Fault;
  /** `over` is final. */
  readonly state: 'waiting' | 'active' | 'over';
  /** End the fault; harmless when it is over. Resolves when its effects are undone; rejects when they cannot be. */
  lift(): Promise<void>;
}

type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;

export type UpgradeFault = FaultOf<'refuse' | 'redirect' | 'hangUp' | 'answerSlowly' | 'neverAnswer'>;
export type Impairment = FaultOf<'stall' | 'delay' | 'jitter' | 'throttle' | 'corrupt' | 'truncate'>;

export function isUpgradeFault(fault: Fault): fault is UpgradeFault {
  return ['refuse', 'redirect', 'hangUp', 'answerSlowly', 'neverAnswer'].includes(fault.kind);
}

export function isImpairment(fault: Fault): fault is Impairment {
  return ['stall', 'delay', 'jitter', 'throttle', 'corrupt', 'truncate'].includes(fault.kind);
}

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
