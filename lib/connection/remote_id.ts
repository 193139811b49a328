import { inspectForError, invalidParameter } from '../errors/index.js';
import { bareRemoteId, parseEndpoint } from '../wire/index.js';

/** Returns whether `value` is the URL of a service (docs/wire.md section 1). */
export function isEndpoint(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    parseEndpoint(value);
    return true;
  } catch {
    return false;
  }
}

/** Returns the id of the device that "id", "device://id", "whip://id" or "whips://id" names; all use the same transport. */
export function deviceIdOf(remoteId: string): string {
  return bareRemoteId(remoteId.replace(/^whips?:\/\//, ''));
}

/** Checks the remote id given to `connect()` and returns the id of the device. */
export function checkRemoteId(remoteId: unknown): string {
  const deviceId = typeof remoteId === 'string' ? deviceIdOf(remoteId) : '';
  if (deviceId !== '' && !/[\0\r\n]/.test(deviceId)) return deviceId;
  throw invalidParameter(
    `connect(): remoteId ${inspectForError(remoteId)} cannot be used`,
    'give the id of the device, a string',
  );
}
