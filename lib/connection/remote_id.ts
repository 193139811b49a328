import { inspectForError, invalidParameter } from '../errors/index.js';
import { MAX_SUFFIX_BYTES, parseEndpoint, type RemoteId, splitRemoteId } from '../wire/index.js';

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

/** Checks the remote id given to `connect()` and splits it. */
export function checkRemoteId(remoteId: unknown): RemoteId {
  const split = splitRemoteId(typeof remoteId === 'string' ? remoteId : '');
  const { deviceId, suffix } = split;
  const isTooLong = new TextEncoder().encode(suffix).length > MAX_SUFFIX_BYTES;
  if (deviceId !== '' && !isTooLong && !/[\0\r\n]/.test(`${deviceId}${suffix}`)) return split;
  throw invalidParameter(
    `connect(): remoteId ${inspectForError(remoteId)} cannot be used`,
    isTooLong
      ? `give at most ${MAX_SUFFIX_BYTES} bytes after the id of the device`
      : 'give the id of the device, a string',
  );
}
