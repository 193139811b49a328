import { systemClock } from '../base/index.js';
import { deviceIdOf, isEndpoint } from '../connection/index.js';
import { serviceRequest as post, ServiceRequestError } from '../device/service_request.js';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import { guard } from './instance.js';
import { refuse } from './log.js';
import { keptOptions } from './options.js';
import { current, withSdk } from './sdk.js';
import type { ConnectCallback, ConnStats, Handle, ServiceRequestCallback } from './types.js';

/** TiRtcConnect(): to "id" or "device://id", with a token, or with null by the ticket that was kept. When it returns 0,
 *  `callback` is called exactly once. */
export function connect(remoteId: string, token: string | null, callback: ConnectCallback, user?: unknown): number {
  return withSdk((sdk) => {
    const isToken = token === null || token === undefined || (typeof token === 'string' && token !== '');
    if (typeof remoteId !== 'string' || typeof callback !== 'function' || !isToken) {
      const what = typeof callback === 'function' ? 'the remote id or the token is no text' : 'there is no callback';
      return refuse(ErrorCode.INVALID_PARAMETER, `connect: ${what}; give an id, a token or null, and a function`);
    }
    const handle = sdk.native.connect(deviceIdOf(remoteId), token ?? undefined);
    if (handle < 0) return refuse(handle, `connect: refused with ${handle}; ${WHY_NOT[handle] ?? 'try again later'}`);
    sdk.connects.set(handle, { callback, user });
    return 0;
  });
}

const WHY_NOT: Readonly<Record<number, string>> = {
  [ErrorCode.NOT_INITIALIZED]: 'call start() first',
  [ErrorCode.CACHE_EXPIRED]: 'there is no ticket for this id; give a token',
  [ErrorCode.INVALID_PARAMETER]: 'the id must have 1 to 63 bytes without control characters, the token be printable',
  [ErrorCode.BUSY]: 'there are Option.MAX_CONNECTIONS already; disconnect one',
};

/** TiRtcWhipConnect(): connect() to "whip://id" or "whips://id" over the one transport there is. */
export const whipConnect = connect;

/** TiRtcWhipAccept(): there is no WebRTC here; -40010. */
export function whipAccept(offer: string, callback: ConnectCallback): number {
  return withSdk(() => {
    if (typeof offer !== 'string' || offer === '' || typeof callback !== 'function') {
      return refuse(ErrorCode.INVALID_PARAMETER, 'whipAccept: give an offer and a callback');
    }
    return refuse(ErrorCode.LACK_OF_RESOURCE, 'whipAccept: there is no WebRTC here; let the client use connect()');
  });
}

/** TiRtcDisconnect(): onDisconnected() comes within 1 s; what is queued is still sent, for at most 500 ms. */
export function disconnect(handle: Handle): number {
  return withSdk((sdk) => sdk.native.disconnect(numberOf(handle)));
}

/** TiRtcGetSendBufferUsed(): bytes; 0 for a handle that is none. */
export function getSendBufferUsed(handle: Handle): number {
  return current()?.native.bufferedBytes(numberOf(handle)) ?? 0;
}

/** TiRtcConnGetStats(): the round trips, or a negative code. */
export function connGetStats(handle: Handle): ConnStats | number {
  const times = current()?.native.stats(numberOf(handle)) ?? ErrorCode.NOT_INITIALIZED;
  if (typeof times === 'number') return times;
  const [audioRttMs, videoRttMs, commandRttMs] = times;
  return { audioRttMs, videoRttMs, commandRttMs };
}

/** TiRtcConnSetUserData(): kept until onDisconnected() is over. */
export function connSetUserData(handle: Handle, data: unknown): number {
  return withSdk((sdk) => {
    const isAlive = typeof sdk.native.stats(numberOf(handle)) !== 'number';
    if (!isAlive) return ErrorCode.INVALID_HANDLE;
    sdk.userData.set(handle, data);
    return 0;
  });
}

/** TiRtcConnGetUserData(); null where there is none. */
export function connGetUserData(handle: Handle): unknown {
  return current()?.userData.get(handle) ?? null;
}

/** TiRtcServiceRequest(), but for the blocking: resolves with what the C function returns, after `callback` was called with
 *  the body. */
export async function serviceRequest(
  path: string,
  json: string,
  token: string | null,
  callback: ServiceRequestCallback,
  user?: unknown,
): Promise<number> {
  const { TIRTC_ENDPOINT: fallback } = process.env;
  const endpoint = keptOptions().SERVICE_ENDPOINT ?? fallback;
  const sdk = current();
  if (sdk === undefined) return ErrorCode.NOT_INITIALIZED;
  if (!isEndpoint(endpoint) || typeof callback !== 'function') {
    return refuse(ErrorCode.INVALID_PARAMETER, 'serviceRequest: there is no endpoint, or no callback');
  }
  const give = (body: string): void => {
    if (current() === sdk) guard('the callback of serviceRequest()', () => callback(body, user));
  };
  try {
    give(await post(String(endpoint), path, json, token === null ? {} : { token }, systemClock));
    return 0;
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    if (error instanceof ServiceRequestError) give(error.body);
    return refuse(error.number, `serviceRequest: ${error.message}`);
  }
}

/** What is no handle becomes one that never was. */
export function numberOf(handle: unknown): number {
  return typeof handle === 'number' && Number.isSafeInteger(handle) && handle > 0 ? handle : 0;
}
