import { isEndpoint } from '../connection/index.js';
import { DeviceLoop } from '../device/index.js';
import { ErrorCode } from '../errors/index.js';
import type { NativeStartOptions } from '../native/index.js';
import { dispatch, type Instance } from './dispatch.js';
import type { Callbacks } from './interface.js';
import { refuse, refuseParameter } from './log.js';
import { forgetOptions, keepOption, keptOptions } from './options.js';

const MAX_ID_BYTES = 63;

let instance: Instance | undefined;

/** Returns the instance, between init() and uninit(). */
export function current(): Instance | undefined {
  return instance;
}

/** Runs `call` with the instance. Returns its result, or -40001 before init(). */
export function withSdk(call: (sdk: Instance) => number): number {
  return instance === undefined ? ErrorCode.NOT_INITIALIZED : call(instance);
}

/** Maps anything that is not a handle to 0, which is never valid. */
export function numberOf(handle: unknown): number {
  return typeof handle === 'number' && Number.isSafeInteger(handle) && handle > 0 ? handle : 0;
}

/** TiRtcInit(): returns 0. Throws a TiRtcError with code ADDON_NOT_LOADED when the native part cannot be loaded: without it
 *  there is no library at all. */
export function init(): number {
  if (instance !== undefined) return 0;
  const made: Instance = {
    native: DeviceLoop.current.openDevice(),
    callbacks: {},
    sessions: 0,
    isOver: true,
    connects: new Map(),
    userData: new Map(),
    bitrateRanges: new Set(),
    bitrateCallbacks: new Map(),
  };
  DeviceLoop.current.listen(made.native.id(), (event) => {
    if (instance === made) dispatch(made, event);
  });
  instance = made;
  return 0;
}

/** TiRtcUninit(). No callback is called from now on; options and kept tickets are forgotten. */
export function uninit(): void {
  const gone = instance;
  if (gone === undefined) return;
  instance = undefined;
  forgetOptions();
  DeviceLoop.current.unlisten(gone.native.id());
  gone.native.close();
  gone.release?.();
}

/** TiRtcSetOption(): takes a string or a number, before or after init(). Returns 0, or -40003 and logs why. */
export function setOption(option: number, value: string | number): number {
  return keepOption(option, value, instance !== undefined && !instance.isOver);
}

/** TiRtcStart(): takes "id,secret", or "id" with Option.SECRET_KEY, or null for a client. Returns 0 when the arguments are
 *  accepted, or a negative code; events report the rest. A second start with the same id changes nothing. Keeps the
 *  process alive until SYS_STOPPED or uninit(). */
export function start(device: string | null, callbacks: Callbacks): number {
  return withSdk((sdk) => {
    if (typeof callbacks !== 'object' || callbacks === null) {
      return refuseParameter('start: the callbacks are missing; give an object, which may be empty');
    }
    const options = startOptions(device);
    if (typeof options === 'number') return options;
    const code = sdk.native.start(options);
    if (code < 0) {
      return refuse(code, `start: refused with ${code}; another id is started, https lacks TLS, or the id is invalid`);
    }
    if (!sdk.isOver) return 0; /* the session keeps its callbacks */
    sdk.callbacks = callbacks;
    sdk.isOver = false;
    sdk.sessions += 1;
    sdk.release ??= DeviceLoop.current.hold();
    return 0;
  });
}

/** TiRtcStop(). Connections get onConnError(-40009) and stay valid for disconnect(); SYS_STOPPED follows within 1 s.
 *  Returns 0. */
export function stop(): number {
  return withSdk((sdk) => {
    sdk.isOver = true;
    return sdk.native.stop();
  });
}

function startOptions(device: string | null): NativeStartOptions | number {
  const kept = keptOptions();
  const { TIRTC_ENDPOINT: fallback } = process.env;
  const endpoint = kept.SERVICE_ENDPOINT ?? fallback;
  if (!isEndpoint(endpoint)) {
    const what = endpoint === undefined || endpoint === '' ? 'there is no endpoint' : 'the endpoint is not a valid URL';
    return refuseParameter(
      `start: ${what}; set Option.SERVICE_ENDPOINT or the environment variable TIRTC_ENDPOINT to a URL`,
    );
  }
  const identity = device === null ? { deviceId: undefined, deviceSecretKey: undefined } : identityOf(device);
  if (typeof identity === 'number') return identity;
  const value = (name: 'MAX_CONNECTIONS' | 'MAX_SEND_BUFFER'): number | undefined =>
    Number(kept[name] ?? 0) || undefined;
  return {
    endpoint: String(endpoint),
    ...identity,
    appId: kept.APP_ID === undefined ? undefined : String(kept.APP_ID),
    clientId: kept.CLIENT_ID === undefined ? undefined : String(kept.CLIENT_ID),
    platform: 'node',
    maxConnections: value('MAX_CONNECTIONS'),
    maxSendBufferBytes: value('MAX_SEND_BUFFER'),
    connectCache: kept.CONNECT_CACHE !== 0,
    linkMode: Number(kept.CONNECT_LINK_MODE ?? 0),
  };
}

/** Splits "id,secret" at the first comma. A secret in it overrides the option. */
function identityOf(device: string): { readonly deviceId: string; readonly deviceSecretKey: string } | number {
  const [deviceId = '', ...rest] = typeof device === 'string' ? device.split(',') : [];
  const idBytes = Buffer.byteLength(deviceId);
  if (idBytes < 1 || idBytes > MAX_ID_BYTES) {
    return refuse(ErrorCode.INVALID_LICENSE, `start: the device id has ${idBytes} bytes; it must have 1 to 63`);
  }
  const deviceSecretKey = rest.length > 0 ? rest.join(',') : String(keptOptions().SECRET_KEY ?? '');
  if (deviceSecretKey === '') {
    return refuse(
      ErrorCode.NO_SECRET_KEY,
      'start: there is no secret key; set Option.SECRET_KEY or start with "id,secret"',
    );
  }
  if (Buffer.byteLength(deviceSecretKey) > MAX_ID_BYTES) {
    return refuseParameter('start: the secret key is too long; it must have 1 to 63 bytes');
  }
  return { deviceId, deviceSecretKey };
}
