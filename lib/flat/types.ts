/** A connection, as tirtc_conn_t: a checked token. One that is gone, or never was, is answered with -40002. */
export type Handle = number;

/** A payload: bytes, a text, or none. Copied before the call returns. */
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

/** What START_FAILED and SERVICE_LOST bring. */
export interface RetryInfo {
  readonly error: number;
  /** 0: there will be no further attempt. */
  readonly retryInMs: number;
}

/** TIRTCCALLBACKS. Kept by reference and read at every call; each may be left out. Payloads stay valid for good. */
export interface Callbacks {
  onEvent?(event: number, data: RetryInfo | string | undefined): void;
  onConnAccepted?(handle: Handle): void;
  onConnError?(handle: Handle, error: number): void;
  /** Answers disconnect(), and only that. connGetUserData() still works in it. */
  onDisconnected?(handle: Handle): void;
  onAudio?(handle: Handle, info: FrameInfo, data: Uint8Array): void;
  onVideo?(handle: Handle, info: FrameInfo, data: Uint8Array): void;
  onMessage?(handle: Handle, info: FrameInfo, data: Uint8Array): void;
  onCommand?(handle: Handle, word: number, data: Uint8Array): void;
  onRequestKeyFrame?(handle: Handle, streamId: number): void;
  /** 0, or nothing at all, accepts. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a callback without a return statement is welcome
  onSubscribeVideo?(handle: Handle, streamId: number): number | void;
  onUnsubscribeVideo?(handle: Handle, streamId: number): void;
  // biome-ignore lint/suspicious/noConfusingVoidType: as above
  onSubscribeAudio?(handle: Handle, streamId: number): number | void;
  onUnsubscribeAudio?(handle: Handle, streamId: number): void;
  /** For streams of connSetVideoBitrateParams() without a callback of their own. */
  onUpdateBitrate?(handle: Handle, streamId: number, bps: number): void;
}

/** How a connect() ended: `error` is 0 and `handle` the connection, or `error` is negative and `handle` 0. */
export type ConnectCallback = (error: number, handle: Handle, user: unknown) => void;
export type BitrateCallback = (handle: Handle, streamId: number, bps: number, user: unknown) => void;
export type LogCallback = (line: string) => void;
export type ServiceRequestCallback = (body: string, user: unknown) => void;

/** TiRtcConnStats; 0 without a sample. */
export interface ConnStats {
  readonly audioRttMs: number;
  readonly videoRttMs: number;
  readonly commandRttMs: number;
}
