import { checkInteger, checkSignal } from '../base/index.js';
import { refuseUnknownKeys } from '../errors/index.js';
import type { Command, Frame, FrameIteratorOptions, IteratorOptions } from '../types/index.js';
import { KEY_FRAME_FLAG, type MediaClass } from '../wire/index.js';
import { checkKind, checkStream } from './argument_checks.js';
import { BufferedIterator, type BufferLimits } from './buffered_iterator.js';

const DEFAULT_MAX_ITEMS = 256;
const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

function limitsOf(call: string, options: IteratorOptions): BufferLimits {
  const { maxItems = DEFAULT_MAX_ITEMS, maxBytes = DEFAULT_MAX_BYTES, signal } = options;
  checkInteger(`${call}: maxItems`, maxItems, 1);
  checkInteger(`${call}: maxBytes`, maxBytes, 1);
  checkSignal(call, signal);
  return { maxItems, maxBytes, signal };
}

function checkFrameOptions(kind: MediaClass, options: FrameIteratorOptions): void {
  checkKind('frames()', kind);
  refuseUnknownKeys('frames()', options, ['stream', 'maxItems', 'maxBytes', 'signal']);
  if (options.stream !== undefined) checkStream(options.stream);
}

interface FrameSubscriber {
  readonly kind: MediaClass;
  readonly stream: number | undefined;
  readonly iterator: BufferedIterator<Frame>;
  /** Video streams that dropped a frame and wait for a key frame. */
  readonly broken: Set<number>;
}

/** The iterators of one connection, and the counts of what they dropped. */
export class Iterators {
  readonly #frames = new Set<FrameSubscriber>();
  readonly #commands = new Set<BufferedIterator<Command>>();
  readonly #onDropped: () => void;
  #end: { readonly error: unknown } | undefined;
  droppedFrames = 0;
  droppedCommands = 0;

  /** Calls `onDropped` for the 1st, 2nd, 4th, 8th ... dropped item. */
  constructor(onDropped: () => void) {
    this.#onDropped = onDropped;
  }

  frames(kind: MediaClass, options: FrameIteratorOptions): AsyncIterableIterator<Frame> {
    checkFrameOptions(kind, options);
    const iterator = new BufferedIterator<Frame>(
      limitsOf('frames()', options),
      (frame) => frame.data.length,
      () => this.#frames.delete(subscriber),
    );
    const subscriber: FrameSubscriber = { kind, stream: options.stream, iterator, broken: new Set() };
    if (this.#end !== undefined) iterator.end(this.#end.error);
    if (!iterator.isDone) this.#frames.add(subscriber);
    return iterator;
  }

  commands(options: IteratorOptions): AsyncIterableIterator<Command> {
    refuseUnknownKeys('commands()', options, ['maxItems', 'maxBytes', 'signal']);
    const iterator = new BufferedIterator<Command>(
      limitsOf('commands()', options),
      (command) => command.data.length,
      (done) => this.#commands.delete(done),
    );
    if (this.#end !== undefined) iterator.end(this.#end.error);
    if (!iterator.isDone) this.#commands.add(iterator);
    return iterator;
  }

  offerFrame(kind: MediaClass, frame: Frame): void {
    for (const subscriber of this.#frames) {
      const wanted = subscriber.kind === kind && (subscriber.stream ?? frame.stream) === frame.stream;
      if (wanted && !offerTo(subscriber, frame)) this.#dropFrame();
    }
  }

  offerCommand(command: Command): void {
    for (const iterator of this.#commands) if (!iterator.push(command)) this.dropCommand();
  }

  dropCommand(): void {
    this.droppedCommands += 1;
    this.#reportDropped(this.droppedCommands);
  }

  #dropFrame(): void {
    this.droppedFrames += 1;
    this.#reportDropped(this.droppedFrames);
  }

  #reportDropped(count: number): void {
    if (Number.isInteger(Math.log2(count))) this.#onDropped();
  }

  end(error: unknown): void {
    this.#end = { error };
    for (const { iterator } of [...this.#frames]) iterator.end(error);
    for (const iterator of [...this.#commands]) iterator.end(error);
  }
}

/** After a dropped frame, video cannot be decoded until the next key frame. */
function offerTo({ kind, iterator, broken }: FrameSubscriber, frame: Frame): boolean {
  if (kind !== 'video') return iterator.push(frame);
  const isKeyFrame = (frame.flags & KEY_FRAME_FLAG) !== 0;
  if (broken.has(frame.stream) && !isKeyFrame) return false;
  const taken = iterator.push(frame);
  if (taken) broken.delete(frame.stream);
  else broken.add(frame.stream);
  return taken;
}
