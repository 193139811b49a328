import { checkWait } from '../base/index.js';
import { deviceIdOf } from '../connection/index.js';
import { invalidParameter } from '../errors/index.js';
import type { ConnectOptions } from './device_types.js';

/** Check what connect() was given; the id of the device it means. */
export function checkConnect(remoteId: string, options: ConnectOptions): string {
  checkWait('connect()', options, ['token', 'signal', 'timeoutMs']);
  const deviceId = typeof remoteId === 'string' ? deviceIdOf(remoteId) : '';
  if (deviceId === '') {
    throw invalidParameter('connect() was given no remote id', 'give the id of the device to call, a string');
  }
  if (options.token !== undefined && (typeof options.token !== 'string' || options.token === '')) {
    throw invalidParameter('connect() was given a token that is not one', 'give a string, or leave it out');
  }
  return deviceId;
}
