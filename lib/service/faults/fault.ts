import { BYE_REASONS, type ByeName, inspectForError, invalidParameter, suggest } from '../../errors/index.js';
import type { LinkName } from '../../wire/index.js';

/** When a fault is active: by default from now until it is lifted. */
export interface FaultTiming {
  /** It begins after this time. */
  readonly afterMs?: number;
  /** It is lifted this long after it began. */
  readonly forMs?: number;
}

/** The upgrades that a fault meets: all that match the given fields. */
export interface UpgradeTarget extends FaultTiming {
  /** Device id; for a client, the device that it calls. */
  readonly device?: string;
  readonly link?: LinkName;
  /** It is lifted after it has met this many upgrades. */
  readonly times?: number;
}

/** The links that a fault impairs, open ones and later ones: all that match the given fields. */
export interface LinkTarget extends FaultTiming {
  readonly device?: string;
  /** The number of a connection that is open now. */
  readonly connection?: number;
  /** `start`: a device's start link; `accept`: the device's link of a connection; `connect`: the client's. */
  readonly link?: LinkName;
  /** The direction of the bytes: to the service, to the peer, or both. Default both. */
  readonly towards?: 'service' | 'peer' | 'both';
}

/** Something that goes wrong on purpose. It is plain data, which can be written as JSON. */
export type Fault =
  /** Answer with an HTTP status (503), or open the link and send a bye. */
  | (UpgradeTarget & { readonly kind: 'refuse'; readonly status?: number; readonly bye?: ByeName })
  | (UpgradeTarget & { readonly kind: 'redirect'; readonly location: string; readonly status?: number })
  /** Close the TCP connection instead of answering. */
  | (UpgradeTarget & { readonly kind: 'hangUp' })
  | (UpgradeTarget & { readonly kind: 'answerSlowly'; readonly delayMs: number })
  | (UpgradeTarget & { readonly kind: 'neverAnswer' })
  /** The service sends a device a wrong MAC, like a service that does not know the secret. */
  | (FaultTiming & { readonly kind: 'wrongProof'; readonly device?: string; readonly times?: number })
  | { readonly kind: 'dropStartLink'; readonly device: string; readonly afterMs?: number }
  /** Cut the links of a connection, or all links of a device. */
  | {
      readonly kind: 'cut';
      readonly device?: string;
      readonly connection?: number;
      readonly link?: LinkName;
      readonly afterMs?: number;
    }
  /** A device vanishes: all its links end without a close frame. */
  | { readonly kind: 'kill'; readonly device: string; readonly afterMs?: number }
  /** No bytes pass, and neither end is notified. */
  | (LinkTarget & { readonly kind: 'stall' })
  | (LinkTarget & { readonly kind: 'delay'; readonly delayMs: number })
  /** Each piece is delayed by 0 to `jitterMs`, in order. */
  | (LinkTarget & { readonly kind: 'jitter'; readonly jitterMs: number })
  | (LinkTarget & { readonly kind: 'throttle'; readonly bytesPerSecond: number })
  /** One bit in about every `everyBytes` bytes is flipped. */
  | (LinkTarget & { readonly kind: 'corrupt'; readonly everyBytes: number })
  /** This many bytes still pass, then the link breaks, perhaps in the middle of a message. */
  | (LinkTarget & { readonly kind: 'truncate'; readonly afterBytes: number })
  /** The tickets of a device, of an app, or all tickets expire. */
  | { readonly kind: 'expireTickets'; readonly device?: string; readonly app?: string; readonly afterMs?: number }
  /** A used token is accepted again, as by a service that lost its records. */
  | (FaultTiming & { readonly kind: 'replayToken'; readonly device?: string })
  /** The service vanishes without a bye. When the fault is lifted, it listens at the same port again, with all its
   *  state. */
  | (FaultTiming & { readonly kind: 'down' });

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

export type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;

export type UpgradeFault = FaultOf<'refuse' | 'redirect' | 'hangUp' | 'answerSlowly' | 'neverAnswer'>;
export type Impairment = FaultOf<'stall' | 'delay' | 'jitter' | 'throttle' | 'corrupt' | 'truncate'>;

export function isUpgradeFault(fault: Fault): fault is UpgradeFault {
  return ['refuse', 'redirect', 'hangUp', 'answerSlowly', 'neverAnswer'].includes(fault.kind);
}

export function isImpairment(fault: Fault): fault is Impairment {
  return ['stall', 'delay', 'jitter', 'throttle', 'corrupt', 'truncate'].includes(fault.kind);
}

/** The legal values of a field. */
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
const upgrade = { device, link, times, ...timing };
const connection = number(1, 0xffff_ffff);
const impairment = { device, connection, link, towards: choice('service', 'peer', 'both'), ...timing };
const bytesPerSecond = number(1, 1_000_000_000);
const everyBytes = number(1, 1_000_000_000);
const afterBytes = number(0, 1_000_000_000);
const bye = choice(...Object.keys(BYE_REASONS));

function rule(what: string, optional: FaultRule['optional'], needed: FaultRule['needed'] = {}): FaultRule {
  return { what, needed, optional };
}

/** Every kind of fault: what it does, and its fields. checkFault() and the schema of scenarios are made from it. */
export const FAULT_RULES: Readonly<Record<FaultKind, FaultRule>> = {
  refuse: rule('answer with an HTTP status (503), or open the link and send a bye', {
    status: number(400, 599),
    bye,
    ...upgrade,
  }),
  redirect: rule('answer with a redirect (302)', { status: number(300, 399), ...upgrade }, { location: text }),
  hangUp: rule('close the TCP connection instead of answering', upgrade),
  answerSlowly: rule('answer later', upgrade, { delayMs: ms }),
  neverAnswer: rule('accept the request and never answer', upgrade),
  wrongProof: rule('send a wrong proof to a device', { device, times, ...timing }),
  dropStartLink: rule('cut the start link of a device', { afterMs }, { device }),
  cut: rule('cut the links of a connection, or all links of a device', { device, connection, link, afterMs }),
  kill: rule('cut all links of a device without a bye', { afterMs }, { device }),
  stall: rule('let nothing pass', impairment),
  delay: rule('delay everything', impairment, { delayMs: ms }),
  jitter: rule('delay everything by varying times, in order', impairment, { jitterMs: ms }),
  throttle: rule('let this many bytes pass per second', impairment, { bytesPerSecond }),
  corrupt: rule('flip one bit in about this many bytes', impairment, { everyBytes }),
  truncate: rule('let this many bytes pass, then cut the link', impairment, { afterBytes }),
  expireTickets: rule('expire the tickets of a device, of an app, or all', { device, app: text, afterMs }),
  replayToken: rule('accept used tokens again', { device, ...timing }),
  down: rule('stop listening and cut all links, then listen at the same port again', timing),
};

export const FAULT_KINDS = Object.keys(FAULT_RULES) as readonly FaultKind[];

/** The reasons why some faults that users ask for cannot exist. */
const IMPOSSIBLE_FAULTS: Readonly<Record<string, string>> = {
  reorder:
    'TCP delivers bytes in order, so programs never observe another order; use "delay" or "jitter" for late messages, "corrupt" for broken ones',
  duplicate: 'TCP delivers each byte once; use "corrupt" for broken messages',
  loss: 'TCP loses nothing: bytes arrive late, or the link breaks; use "stall", "throttle" or "cut"',
};

/** Check a fault from an untrusted source. Throws INVALID_PARAMETER, which names the field at fault and its legal values. */
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
      throw invalidParameter(
        `the fault "${name}" has no field ${JSON.stringify(key)}`,
        suggest(key, Object.keys(known)),
      );
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
      return 'use a non-empty string of one line';
  }
}

/** Check the fields that exclude or need each other. */
function checkTogether(fault: Fault): void {
  if (fault.kind === 'refuse' && fault.status !== undefined && fault.bye !== undefined) {
    throw invalidParameter('the fault "refuse" takes a status or a bye, not both', 'give one of them');
  }
  if (fault.kind === 'cut' && fault.device === undefined && fault.connection === undefined) {
    throw invalidParameter('the fault "cut" needs a device or a connection', 'give one of them');
  }
  if ('connection' in fault && fault.connection !== undefined) {
    if ('device' in fault && fault.device !== undefined) {
      throw invalidParameter(`the fault "${fault.kind}" takes a device or a connection, not both`, 'give one of them');
    }
    if (fault.link === 'start') {
      throw invalidParameter(
        'a connection has no start link',
        'use "connect" for its client or "accept" for its device',
      );
    }
  }
}
