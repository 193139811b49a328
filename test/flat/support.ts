import { onTestFinished } from 'vitest';
import * as flat from '../../lib/flat/index.js';

/** What the callbacks were told, in order. */
export interface Told {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** Callbacks that write down what they are told, and a way to wait for it. */
export function recordingCallbacks(own: flat.Callbacks = {}) {
  const told: Told[] = [];
  const waiting: (() => void)[] = [];
  const note =
    (name: string) =>
    (...values: readonly unknown[]) => {
      told.push({ name, values });
      for (const look of [...waiting]) look();
    };
  const names = [
    ...['onEvent', 'onConnAccepted', 'onConnError', 'onDisconnected', 'onAudio', 'onVideo', 'onMessage', 'onCommand'],
    ...['onRequestKeyFrame', 'onSubscribeVideo', 'onUnsubscribeVideo', 'onSubscribeAudio', 'onUnsubscribeAudio'],
    'onUpdateBitrate',
  ];
  const callbacks: flat.Callbacks = { ...Object.fromEntries(names.map((name) => [name, note(name)])), ...own };
  /** The first such call that was not taken yet. */
  const next = (name: string, first?: unknown): Promise<readonly unknown[]> =>
    new Promise((resolve) => {
      const look = (): void => {
        const at = told.findIndex((one) => one.name === name && (first === undefined || one.values[0] === first));
        if (at < 0) return;
        waiting.splice(waiting.indexOf(look), 1);
        resolve(told.splice(at, 1)[0]?.values ?? []);
      };
      waiting.push(look);
      look();
    });
  return { callbacks, told, note, next };
}

/** Lines of the log, until the test ends; then the SDK is taken down. */
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
