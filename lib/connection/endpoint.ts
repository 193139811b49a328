import { parseEndpoint } from '../wire/index.js';

/** Whether it is the URL of a service (docs/wire.md section 1). */
export function isEndpoint(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    parseEndpoint(value);
    return true;
  } catch {
    return false;
  }
}
