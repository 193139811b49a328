import { systemClock } from '../base/index.js';
import { redactTokens } from '../errors/index.js';

/** Returns whether the value of DEBUG names a scope: patterns separated by commas or spaces, in which `*` matches anything;
 *  a pattern after `-` excludes its matches. */
export function isNamed(scope: string, patterns: string | undefined): boolean {
  let named = false;
  for (const pattern of (patterns ?? '').split(/[\s,]+/)) {
    const isExcluded = pattern.startsWith('-');
    const [name, ...rest] = (isExcluded ? pattern.slice(1) : pattern).split('*').map(literal);
    if (new RegExp(`^${[name, ...rest].join('.*')}$`).test(scope)) {
      if (isExcluded) return false;
      named = true;
    }
  }
  return named;
}

/** Writes a line to standard error, for the user who set DEBUG. */
export function writeDebugLine(scope: string, text: string, facts: object): void {
  const texts = Object.entries(facts).map(([name, value]) => factText(name, value));
  const time = new Date(systemClock.wallMs()).toISOString();
  process.stderr.write(redactTokens(`${time} ${scope} ${text}${texts.join('')}\n`));
}

function factText(name: string, value: unknown): string {
  const isSimple = ['string', 'number', 'boolean'].includes(typeof value);
  if (!isSimple && !(value instanceof Error)) return '';
  return ` ${name}=${JSON.stringify(value instanceof Error ? value.message : value)}`;
}

function literal(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
