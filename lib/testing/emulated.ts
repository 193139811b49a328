import { Emulator } from './emulator.js';
import { withTimeline } from './failure.js';
import type { EmulatorOptions } from './options.js';

/** What a test is given, and what a test runner gave it: a context. */
export type Emulated<Context> = (emulator: Emulator, context: Context) => void | Promise<void>;

/** What this reads of a context: Vitest has the one hook, Node's test runner the other. Both abort the signal when the time of
 *  the test is over. */
interface KnownContext {
  readonly onTestFinished?: (hook: () => Promise<void>) => void;
  readonly after?: (hook: () => Promise<void>) => void;
  readonly signal?: AbortSignal;
}

/** A test with an emulator of its own: a service that listens, and whatever the test adds. When the test ends, however it
 *  ends, all of it is gone; when it fails, its error says what all actors did.
 *
 *  For any runner whose tests are functions that return promises; Vitest and Node's test runner also clean up after a test
 *  whose time is over, and show the timeline then. */
export function emulated<Context = unknown>(
  test: Emulated<Context>,
  options: EmulatorOptions = {},
): (context: Context) => Promise<void> {
  return async (context) => {
    const emulator = await Emulator.start(options);
    const { signal } = register(emulator, context);
    const timeOver = () => {
      // biome-ignore lint/suspicious/noConsole: runners show it with the test
      console.error(`The time of the test is over. What all actors did:\n${emulator.timeline()}`);
      emulator.end(signal?.reason);
    };
    signal?.addEventListener('abort', timeOver, { once: true });
    try {
      await test(emulator, context);
      emulator.signal.throwIfAborted();
    } catch (error) {
      throw withTimeline(error, emulator.timeline());
    } finally {
      signal?.removeEventListener('abort', timeOver);
      await emulator.close();
    }
  };
}

function register(emulator: Emulator, context: unknown): Pick<KnownContext, 'signal'> {
  if (context === null || !['object', 'function'].includes(typeof context)) return {}; // Vitest's is a function
  const known = context as KnownContext;
  const close = () => emulator.close();
  if (typeof known.onTestFinished === 'function') known.onTestFinished(close);
  else if (typeof known.after === 'function') known.after(close);
  return known.signal instanceof AbortSignal ? { signal: known.signal } : {};
}
