import { systemClock } from '../base/index.js';
import { isEndpoint } from '../connection/index.js';
import { serviceRequest as request } from '../device/index.js';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { ConnectCallback, ConnStats, Handle, ServiceRequestCallback } from './interface.js';
import { refuse, refuseParameter, runProgram } from './log.js';
import { keptOptions } from './options.js';
import { current, numberOf, withSdk } from './sdk.js';

/** TiRtcConnect(): connects to "id", "device://id" or "whip(s)://id" with a token, or with the kept ticket when `token` is null. Returns 0
 *  or a negative code. After 0, `callback` is called exactly once. */
export function connect(remoteId: string, token: string | null, callback: ConnectCallback, user?: unknown): number {
  return withSdk((sdk) => {
    const isToken = token === null || token === undefined || (typeof token === 'string' && token !== '');
    if (typeof remoteId !== 'string' || typeof callback !== 'function' || !isToken) {
      return refuseParameter(
        typeof callback === 'function'
          ? 'connect: the remote id and the token must be strings with something in them, or the token null'
          : 'connect: the callback must be a function',
      );
    }
    const handle = sdk.native.connect(remoteId, token ?? undefined);
    if (handle < 0) return refuse(handle, `connect: refused with ${handle}; ${WHY_NOT[handle] ?? 'try again later'}`);
    sdk.connects.set(handle, { callback, user });
    return 0;
  });
}

const WHY_NOT: Readonly<Record<number, string>> = {
  [ErrorCode.NOT_INITIALIZED]: 'call start() first',
  [ErrorCode.CACHE_EXPIRED]: 'there is no ticket for this id; give a token',
  [ErrorCode.INVALID_PARAMETER]:
    'the id must have 1 to 63 bytes without control characters, its suffix at most 255, and the token must be printable',
  [ErrorCode.BUSY]: 'Option.MAX_CONNECTIONS is reached; disconnect one',
};

/** TiRtcWhipConnect(): connect() to "whip://id" or "whips://id", over the same transport. */
export const whipConnect = connect;

/** TiRtcWhipAccept(): returns -40010, as there is no WebRTC here. */
export function whipAccept(offer: string, callback: ConnectCallback): number {
  return withSdk(() => {
    if (typeof offer !== 'string' || offer === '' || typeof callback !== 'function') {
      return refuseParameter('whipAccept: give an offer and a callback');
    }
    return refuse(ErrorCode.LACK_OF_RESOURCE, 'whipAccept: there is no WebRTC here; let the client use connect()');
  });
}

/** TiRtcDisconnect(): onDisconnected() is called within 1 s; queued data is still sent, for at most 500 ms. Returns 0 or a
 *  negative code. */
export function disconnect(handle: Handle): number {
  return withSdk((sdk) => sdk.native.disconnect(numberOf(handle)));
}

/** TiRtcGetSendBufferUsed(): returns bytes; 0 for an invalid handle. */
export function getSendBufferUsed(handle: Handle): number {
  return current()?.native.bufferedBytes(numberOf(handle)) ?? 0;
}

/** TiRtcConnGetStats(): returns the round trips, or a negative code. */
export function connGetStats(handle: Handle): ConnStats | number {
  const times = current()?.native.stats(numberOf(handle)) ?? ErrorCode.NOT_INITIALIZED;
  if (typeof times === 'number') return times;
  const [audioRttMs, videoRttMs, commandRttMs] = times;
  return { audioRttMs, videoRttMs, commandRttMs };
}

/** TiRtcConnSetUserData(): keeps `data` until onDisconnected() has returned. Returns 0 or -40002. */
export function connSetUserData(handle: Handle, data: unknown): number {
  return withSdk((sdk) => {
    const isAlive = typeof sdk.native.stats(numberOf(handle)) !== 'number';
    if (!isAlive) return ErrorCode.INVALID_HANDLE;
    sdk.userData.set(handle, data);
    return 0;
  });
}

/** TiRtcConnGetUserData(): returns null when nothing is kept. */
export function connGetUserData(handle: Handle): unknown {
  return current()?.userData.get(handle) ?? null;
}

/** TiRtcServiceRequest() without blocking: GET if `json` is null, else POST. Resolves with what the C function returns: 0, the
 *  HTTP status from 300 to 599, the platform's code from 600 on, or a negative code. `callback`, which may be null, is called
 *  before, on success with data only, with the data as JSON. */
export async function serviceRequest(
  path: string,
  json: string | null,
  token: string | null,
  callback: ServiceRequestCallback | null,
  user?: unknown,
): Promise<number> {
  const { TIRTC_ENDPOINT: fallback } = process.env;
  const endpoint = keptOptions().SERVICE_ENDPOINT ?? fallback;
  const sdk = current();
  if (sdk === undefined) return ErrorCode.NOT_INITIALIZED;
  if (!isEndpoint(endpoint) || (callback !== null && typeof callback !== 'function')) {
    return refuseParameter('serviceRequest: give a callback or null, and an endpoint by Option.SERVICE_ENDPOINT');
  }
  try {
    const data = await request(String(endpoint), path, json, token === null ? {} : { token }, systemClock);
    if (data !== undefined && data !== null && callback !== null && current() === sdk) {
      runProgram('the callback of serviceRequest()', () => callback(JSON.stringify(data), user));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    return refuse(error.number, `serviceRequest: ${error.message}`);
  }
}
