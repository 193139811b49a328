import { isEndpoint } from '../connection/index.js';
import { LogLevel, Option } from './interface.js';
import { log, refuseParameter } from './log.js';

type Name = keyof typeof Option;
type Value = string | number;

interface Rule {
  readonly isLegal: (value: Value) => boolean;
  readonly legal: string;
}

const MAX_INT = 0x7fff_ffff;
const MIN_SEND_BUFFER_BYTES = 16_384;
const MAX_SEND_BUFFER_BYTES = 2 ** 30;

function number(min: number, max: number, legal: string): Rule {
  return {
    isLegal: (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
    legal,
  };
}

function text(maxBytes: number, pattern: RegExp, legal: string): Rule {
  const fits = (value: string): boolean => value !== '' && Buffer.byteLength(value) <= maxBytes && pattern.test(value);
  return { isLegal: (value) => typeof value === 'string' && fits(value), legal };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern refuses them
const LINE = /^[^\0-\x1f\x7f]*$/;
const FLAG = number(0, 1, '0 or 1');

const RULES: Readonly<Record<Name, Rule>> = {
  SERVICE_ENDPOINT: { isLegal: isEndpoint, legal: 'an http, https, ws or wss URL with a host, without user and query' },
  SECRET_KEY: text(63, /^[^\0]*$/, 'a string of 1 to 63 bytes'),
  MAX_CONNECTIONS: number(1, MAX_INT, 'an integer of 1 or more'),
  NETWORK_TYPE: number(0, 1, '0 (Wi-Fi) or 1 (4G)'),
  ICCID: text(64, LINE, '1 to 64 bytes without control characters'),
  WAKEUP: FLAG,
  RESTRICTED_NETWORK: FLAG,
  MAX_SEND_BUFFER: {
    isLegal: (value) => value === 0 || number(MIN_SEND_BUFFER_BYTES, MAX_SEND_BUFFER_BYTES, '').isLegal(value),
    legal: `0, or ${MIN_SEND_BUFFER_BYTES} to ${MAX_SEND_BUFFER_BYTES}`,
  },
  CONNECT_CACHE: FLAG,
  APP_ID: text(64, LINE, '1 to 64 bytes without control characters'),
  CLIENT_ID: text(64, /^[ -~]*$/, '1 to 64 printable ASCII characters'),
  CONNECT_LINK_MODE: number(0, 2, 'AUTO (0), DIRECT_ONLY (1) or RELAY_ONLY (2)'),
  TGTRP_POLL_TIMEOUT: number(1, 50, 'an integer, 1 to 50 ms'),
};

/** Options that are checked and have no effect here. */
const WITHOUT_EFFECT: readonly Name[] = ['NETWORK_TYPE', 'ICCID', 'WAKEUP', 'RESTRICTED_NETWORK', 'TGTRP_POLL_TIMEOUT'];
const NAMES = new Map<number, Name>(Object.entries(Option).map(([name, value]) => [value, name as Name]));

let kept: Partial<Record<Name, Value>> = {};

/** Returns the options that were set, the secret included. */
export function keptOptions(): Readonly<Partial<Record<Name, Value>>> {
  return kept;
}

export function forgetOptions(): void {
  kept = {};
}

/** Keeps an option for the next start. Returns 0 (TGTRP_POLL_TIMEOUT: the value), or -40003. */
export function keepOption(option: number, value: Value, isStarted: boolean): number {
  const name = NAMES.get(option);
  if (name === undefined) {
    return refuseParameter(`setOption: there is no option ${String(option)}; use a value of Option, 1 to 13`);
  }
  const { isLegal, legal } = RULES[name];
  if (!isLegal(value)) return refuseParameter(`setOption: the value of ${name} is not valid; it must be ${legal}`);
  kept[name] = value;
  if (isStarted && !WITHOUT_EFFECT.includes(name)) {
    log(LogLevel.WARN, `setOption: ${name} is too late for this start; it takes effect with the next one`);
  }
  return name === 'TGTRP_POLL_TIMEOUT' ? Number(value) : 0;
}
