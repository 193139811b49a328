import { onTestFinished } from 'vitest';
import * as flat from '../../lib/flat/index.js';

/** One call of a callback. */
export interface Call {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** Returns callbacks that record their calls, and a function that waits for a call. */
export function recordingCallbacks(own: flat.Callbacks = {}) {
  const calls: Call[] = [];
  const waiting: (() => void)[] = [];
  const note =
    (name: string) =>
    (...values: readonly unknown[]) => {
      calls.push({ name, values });
      for (const check of [...waiting]) check();
    };
  const names = [
    ...['onEvent', 'onConnAccepted', 'onConnError', 'onDisconnected', 'onAudio', 'onVideo', 'onMessage', 'onCommand'],
    ...['onRequestKeyFrame', 'onSubscribeVideo', 'onUnsubscribeVideo', 'onSubscribeAudio', 'onUnsubscribeAudio'],
    'onUpdateBitrate',
  ];
  const callbacks: flat.Callbacks = { ...Object.fromEntries(names.map((name) => [name, note(name)])), ...own };
  /** Resolves with the values of the first such call that has not been taken. */
  const next = (name: string, first?: unknown): Promise<readonly unknown[]> =>
    new Promise((resolve) => {
      const check = (): void => {
        const at = calls.findIndex((call) => call.name === name && (first === undefined || call.values[0] === first));
        if (at < 0) return;
        waiting.splice(waiting.indexOf(check), 1);
        resolve(calls.splice(at, 1)[0]?.values ?? []);
      };
      waiting.push(check);
      check();
    });
  return { callbacks, calls, note, next };
}

/** Returns the log lines until the test ends, which calls uninit(). */
export function recordLog(): string[] {
  const lines: string[] = [];
  flat.logSetCallback((line) => void lines.push(line));
  flat.logSetLevel(flat.LogLevel.VERBOSE);
  onTestFinished(() => {
    flat.uninit();
    flat.logSetCallback(null);
    flat.logSetLevel(flat.LogLevel.INFO);
  });
  return lines;
}
