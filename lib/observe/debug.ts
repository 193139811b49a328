import { systemClock } from '../base/index.js';
import { redactTokens } from '../errors/index.js';

/** Whether the value of DEBUG names a scope: patterns between commas or spaces, `*` stands for anything, and a `-` in front
 *  takes out what it matches. */
export function isNamed(scope: string, patterns: string | undefined): boolean {
  let named = false;
  for (const pattern of (patterns ?? '').split(/[\s,]+/)) {
    const isTakenOut = pattern.startsWith('-');
    const [name, ...rest] = (isTakenOut ? pattern.slice(1) : pattern).split('*').map(literal);
    if (new RegExp(`^${[name, ...rest].join('.*')}$`).test(scope)) {
      if (isTakenOut) return false;
      named = true;
    }
  }
  return named;
}

/** Write a line for whoever set DEBUG. */
export function writeDebugLine(scope: string, text: string, facts: object): void {
  const shown = Object.entries(facts).map(([name, value]) => factText(name, value));
  const time = new Date(systemClock.wallMs()).toISOString();
  process.stderr.write(redactTokens(`${time} ${scope} ${text}${shown.join('')}\n`));
}

function factText(name: string, value: unknown): string {
  const isSimple = ['string', 'number', 'boolean'].includes(typeof value);
  if (!isSimple && !(value instanceof Error)) return '';
  return ` ${name}=${JSON.stringify(value instanceof Error ? value.message : value)}`;
}

function literal(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
