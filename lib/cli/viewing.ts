import type { SimulatedClient } from '../sim/index.js';
import type { Clock, Frame, Timer } from '../types/index.js';
import { KEY_FRAME_FLAG } from '../wire/index.js';

export interface ViewingOptions {
  readonly video: readonly number[];
  readonly audio: readonly number[];
  readonly keyFrame?: boolean;
  /** Seconds. */
  readonly duration?: number;
  /** Frames of each stream. */
  readonly frames?: number;
  readonly stop: AbortSignal;
  readonly clock: Clock;
}

export interface ViewingEnd {
  /** `complete`: everything expected arrived. `duration`: the time has passed. `closed`: the connection ended. */
  readonly why: 'complete' | 'duration' | 'closed' | 'stopped' | 'recordFailed';
  /** Describes what did not arrive. */
  readonly missing: readonly string[];
  /** The reason why files could not be written. */
  readonly failure?: string;
}

interface Expected {
  readonly name: string;
  frames: number;
  /** A key frame is requested after the first frame, so that the one that a stream begins with does not count. */
  keyFrame: 'not expected' | 'to be requested' | 'requested' | 'received';
}

/** Watches the frames of a connection until everything expected has arrived. */
export class Viewing {
  readonly end: Promise<ViewingEnd>;
  readonly #client: SimulatedClient;
  readonly #options: ViewingOptions;
  readonly #expected = new Map<string, Expected>();
  readonly #timer: Timer | undefined;
  #finish: (end: ViewingEnd) => void = () => {};
  #isOver = false;

  constructor(client: SimulatedClient, options: ViewingOptions) {
    this.#client = client;
    this.#options = options;
    const { video, audio, keyFrame, duration, stop, clock } = options;
    this.end = new Promise((resolve) => {
      this.#finish = resolve;
    });
    for (const stream of video) this.#expect(`video ${stream}`, keyFrame === true);
    for (const stream of audio) this.#expect(`audio ${stream}`, false);
    client.on('frame', (kind, frame) => this.#see(`${kind} ${frame.stream}`, frame));
    client.on('recordFailed', (error) =>
      this.#over('recordFailed', error instanceof Error ? error.message : String(error)),
    );
    client.connection.once('closed', () => this.#over('closed'));
    stop.addEventListener('abort', this.#stopped, { once: true });
    if (duration !== undefined) this.#timer = clock.startTimer(duration * 1000, () => this.#over('duration'));
    else if (this.#expected.size === 0) queueMicrotask(() => this.#over('complete'));
  }

  /** Ends without waiting for more. */
  giveUp(): void {
    this.#over('stopped');
  }

  readonly #stopped = (): void => this.#over('stopped');

  #expect(name: string, keyFrame: boolean): void {
    this.#expected.set(name, { name, frames: 0, keyFrame: keyFrame ? 'to be requested' : 'not expected' });
  }

  #see(name: string, frame: Frame): void {
    const expected = this.#expected.get(name);
    if (expected === undefined || this.#isOver) return;
    expected.frames += 1;
    if (expected.keyFrame === 'to be requested') {
      expected.keyFrame = 'requested';
      this.#client.connection.requestKeyFrame(frame.stream);
    } else if (expected.keyFrame === 'requested' && (frame.flags & KEY_FRAME_FLAG) !== 0) {
      expected.keyFrame = 'received';
    }
    const { frames, keyFrame, duration } = this.#options;
    const hasGoal = frames !== undefined || (keyFrame === true && duration === undefined);
    if (hasGoal && this.#missing().length === 0) this.#over('complete');
  }

  #missing(): readonly string[] {
    const wanted = this.#options.frames ?? 1;
    return [...this.#expected.values()].flatMap(({ name, frames, keyFrame }) => [
      ...(frames < wanted ? [`${name}: ${frames} of ${wanted} frames arrived`] : []),
      ...(keyFrame === 'to be requested' || keyFrame === 'requested'
        ? [`${name}: the requested key frame did not arrive`]
        : []),
    ]);
  }

  #over(why: ViewingEnd['why'], failure?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#options.stop.removeEventListener('abort', this.#stopped);
    const missing = [...this.#missing(), ...(why === 'closed' ? ['the connection ended early'] : [])];
    this.#finish({ why, missing, ...(failure === undefined ? {} : { failure }) });
  }
}
