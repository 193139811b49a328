import { Emulator } from './emulator.js';
import { withTimeline } from './expectations.js';
import type { EmulatorOptions } from './options.js';

/** A test: it receives the emulator and the context of its test runner. */
export type Emulated<Context> = (emulator: Emulator, context: Context) => void | Promise<void>;

/** The parts of a context that are used. Vitest has onTestFinished, Node's test runner has after. Both abort the signal when the
 *  test times out. */
interface KnownContext {
  readonly onTestFinished?: (hook: () => Promise<void>) => void;
  readonly after?: (hook: () => Promise<void>) => void;
  readonly signal?: AbortSignal;
}

/** Returns a test with its own emulator: a service that listens, and the actors that the test adds. All of them end with the
 *  test, however it ends. When it fails, its error holds the timeline.
 *
 *  It works with any runner whose tests are functions that return promises. With Vitest and Node's test runner it also cleans up
 *  after a test that times out, and prints the timeline. */
export function emulated<Context = unknown>(
  test: Emulated<Context>,
  options: EmulatorOptions = {},
): (context: Context) => Promise<void> {
  return async (context) => {
    const emulator = await Emulator.start(options);
    const { signal } = register(emulator, context);
    const onTimeout = () => {
      // biome-ignore lint/suspicious/noConsole: runners print it with the test
      console.error(`The test timed out. What all actors did:\n${emulator.timeline()}`);
      emulator.end(signal?.reason);
    };
    signal?.addEventListener('abort', onTimeout, { once: true });
    try {
      await test(emulator, context);
      emulator.signal.throwIfAborted();
    } catch (error) {
      throw withTimeline(error, emulator.timeline());
    } finally {
      signal?.removeEventListener('abort', onTimeout);
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
