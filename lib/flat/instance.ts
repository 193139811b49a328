import { runCallback } from '../base/index.js';
import { redactTokens } from '../errors/index.js';
import type { NativeDevice } from '../native/index.js';
import { LogLevel } from './constants.js';
import { say } from './log.js';
import type { BitrateCallback, Callbacks, ConnectCallback, Handle } from './types.js';

/** What lives between init() and uninit(). */
export interface Instance {
  readonly native: NativeDevice;
  callbacks: Callbacks;
  /** Starts that returned 0 and whose SYS_STOPPED has not been told. */
  sessions: number;
  /** While there are any, the process is kept alive. */
  release?: (() => void) | undefined;
  /** The newest of them was asked to stop, or failed for good. */
  isOver: boolean;
  readonly connects: Map<Handle, { readonly callback: ConnectCallback; readonly user: unknown }>;
  readonly userData: Map<Handle, unknown>;
  /** By handle and stream: `handle stream`. */
  readonly bitrateRanges: Set<string>;
  readonly bitrateCallbacks: Map<string, { readonly callback: BitrateCallback; readonly user: unknown }>;
}

/** One session ended. */
export function endSession(sdk: Instance): void {
  sdk.sessions -= 1;
  if (sdk.sessions > 0) return;
  sdk.release?.();
  sdk.release = undefined;
}

/** A callback of the program's: what it throws, or its promise rejects with, is logged, or a warning of the process, and
 *  nothing else suffers. */
export function guard(name: string, call: () => unknown): void {
  runCallback(call, (error) => {
    const text = `${name}: the callback failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    if (!say(LogLevel.ERROR, text)) process.emitWarning(`tirtc-emulator: ${redactTokens(text)}`);
  });
}
