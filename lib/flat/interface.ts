import { ERROR_ADVICE, errorName } from '../errors/index.js';

/** TIRTC_OPT_*, for setOption(). */
export const Option = {
  SERVICE_ENDPOINT: 1,
  SECRET_KEY: 2,
  MAX_CONNECTIONS: 3,
  NETWORK_TYPE: 4,
  ICCID: 5,
  WAKEUP: 6,
  RESTRICTED_NETWORK: 7,
  MAX_SEND_BUFFER: 8,
  CONNECT_CACHE: 9,
  APP_ID: 10,
  CLIENT_ID: 11,
  CONNECT_LINK_MODE: 12,
  TGTRP_POLL_TIMEOUT: 13,
} as const;

/** TiEVENT_* and TIRTC_EVENT_*, the events of `onEvent`. */
export const Event = {
  SYS_STARTED: 0,
  SYS_STOPPED: 1,
  /** With the location, a string. */
  ACCESS_HIJACKING: 2,
  /** With a RetryInfo. */
  START_FAILED: 0x1001,
  /** With a RetryInfo. Again for each attempt to reconnect that failed. */
  SERVICE_LOST: 0x1002,
  SERVICE_BACK: 0x1003,
} as const;

/** TIRTC_CONNECT_LINK_MODE_*. */
export const LinkMode = { AUTO: 0, DIRECT_ONLY: 1, RELAY_ONLY: 2 } as const;

/** Levels of logSetLevel(). */
export const LogLevel = { ERROR: 1, WARN: 2, OK: 3, INFO: 4, VERBOSE: 5 } as const;

/** Bit 0 of a command word. */
export const RESPONSE_BIT = 1;

/** The handle of a connection, as tirtc_conn_t. Calls with one that is gone, or never existed, return -40002. */
export type Handle = number;

/** A payload: bytes, a text, or nothing. Copied before the call returns. */
export type Bytes = Uint8Array | string | null | undefined;

/** TIRTCFRAMEINFO. */
export interface FrameInfo {
  readonly streamId: number;
  readonly media: number;
  readonly flags: number;
  readonly reserved?: number;
  /** Capture time in ms; taken modulo 2^32. */
  readonly ts: number;
}

/** The data of START_FAILED and SERVICE_LOST. */
export interface RetryInfo {
  readonly error: number;
  /** 0: there is no further attempt. */
  readonly retryInMs: number;
}

/** TIRTCCALLBACKS, kept by reference and read at every call. All are optional. Payloads stay valid after the call. */
export interface Callbacks {
  onEvent?(event: number, data: RetryInfo | string | undefined): void;
  onConnAccepted?(handle: Handle): void;
  onConnError?(handle: Handle, error: number): void;
  /** Called after disconnect(), and only then. connGetUserData() still works in it. */
  onDisconnected?(handle: Handle): void;
  onAudio?(handle: Handle, info: FrameInfo, data: Uint8Array): void;
  onVideo?(handle: Handle, info: FrameInfo, data: Uint8Array): void;
  onMessage?(handle: Handle, info: FrameInfo, data: Uint8Array): void;
  onCommand?(handle: Handle, word: number, data: Uint8Array): void;
  onRequestKeyFrame?(handle: Handle, streamId: number): void;
  /** Returning 0 or undefined accepts. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a callback without a return statement is allowed
  onSubscribeVideo?(handle: Handle, streamId: number): number | void;
  onUnsubscribeVideo?(handle: Handle, streamId: number): void;
  // biome-ignore lint/suspicious/noConfusingVoidType: as above
  onSubscribeAudio?(handle: Handle, streamId: number): number | void;
  onUnsubscribeAudio?(handle: Handle, streamId: number): void;
  /** Called for streams of connSetVideoBitrateParams() that have no callback of their own. */
  onUpdateBitrate?(handle: Handle, streamId: number, bps: number): void;
}

/** The result of a connect(): `error` is 0 and `handle` the connection, or `error` is negative and `handle` is 0. */
export type ConnectCallback = (error: number, handle: Handle, user: unknown) => void;
export type BitrateCallback = (handle: Handle, streamId: number, bps: number, user: unknown) => void;
export type LogCallback = (line: string) => void;
export type ServiceRequestCallback = (body: string, user: unknown) => void;

/** TiRtcConnStats; a value is 0 until there is a sample. */
export interface ConnStats {
  readonly audioRttMs: number;
  readonly videoRttMs: number;
  readonly commandRttMs: number;
}

/** The version of tiRTC.h that is implemented. */
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
