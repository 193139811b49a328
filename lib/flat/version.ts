import { ERROR_ADVICE, errorName } from '../errors/index.js';

/** The interface of tiRTC.h that is served. */
const VERSION = 'v2.3.0';

/** TiRtcGetVersion(). */
export function getVersion(): string {
  return VERSION;
}

/** TiRtcGetBuildInfo(): JSON. */
export function getBuildInfo(): string {
  return JSON.stringify({ name: 'tirtc-emulator', version: VERSION, port: 'node', node: process.versions.node });
}

/** TiRtcGetErrorStr(): "OK", or "TIRTC_E_BUSY (what to do)". */
export function getErrorStr(error: number): string {
  if (error >= 0) return 'OK';
  const name = errorName(error);
  return name === undefined ? 'unknown error (not a code of this library)' : `TIRTC_E_${name} (${ERROR_ADVICE[name]})`;
}
