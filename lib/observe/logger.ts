import { invalidParameter } from '../errors/index.js';
import type { Logger } from '../types/index.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** Check the option `logger`. */
export function checkLogger(what: string, logger: Logger | undefined): Logger | undefined {
  if (logger === undefined) return undefined;
  const isObject = (typeof logger === 'object' && logger !== null) || typeof logger === 'function';
  const missing = LEVELS.filter((level) => !isObject || typeof logger[level] !== 'function');
  if (missing.length === 0) return logger;
  throw invalidParameter(`${what}: the logger has no ${missing.join(', ')}`, 'give one like pino, or console');
}
