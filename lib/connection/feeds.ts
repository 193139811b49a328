import type { Command, Frame, FrameIteratorOptions, IteratorOptions } from '../types/index.js';
import { KEY_FRAME_FLAG, type MediaClass } from '../wire/index.js';
import { BufferedIterator, type BufferLimits } from './buffered_iterator.js';

const DEFAULT_MAX_ITEMS = 256;
const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

function limitsOf(options: IteratorOptions): BufferLimits {
  const { maxItems = DEFAULT_MAX_ITEMS, maxBytes = DEFAULT_MAX_BYTES, signal } = options;
  return { maxItems, maxBytes, signal };
}

interface FrameSubscriber {
  readonly kind: MediaClass;
  readonly stream: number | undefined;
  readonly iterator: BufferedIterator<Frame>;
  /** Video streams that lost a frame and wait for a key frame. */
  readonly broken: Set<number>;
}

/** The iterators of one connection, and the count of what they had no room for. */
export class Feeds {
  readonly #frames = new Set<FrameSubscriber>();
  readonly #commands = new Set<BufferedIterator<Command>>();
  #end: { readonly error: unknown } | undefined;
  droppedFrames = 0;
  droppedCommands = 0;

  frames(kind: MediaClass, options: FrameIteratorOptions): AsyncIterableIterator<Frame> {
    const iterator = new BufferedIterator<Frame>(
      limitsOf(options),
      (frame) => frame.data.length,
      () => this.#frames.delete(subscriber),
    );
    const subscriber: FrameSubscriber = { kind, stream: options.stream, iterator, broken: new Set() };
    if (this.#end !== undefined) iterator.end(this.#end.error);
    if (!iterator.isDone) this.#frames.add(subscriber);
    return iterator;
  }

  commands(options: IteratorOptions): AsyncIterableIterator<Command> {
    const iterator = new BufferedIterator<Command>(
      limitsOf(options),
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
      if (wanted && !offerTo(subscriber, frame)) this.droppedFrames += 1;
    }
  }

  offerCommand(command: Command): void {
    for (const iterator of this.#commands) if (!iterator.push(command)) this.droppedCommands += 1;
  }

  end(error: unknown): void {
    this.#end = { error };
    for (const { iterator } of [...this.#frames]) iterator.end(error);
    for (const iterator of [...this.#commands]) iterator.end(error);
  }
}

/** Video that lost a frame is of no use before the next key frame. */
function offerTo({ kind, iterator, broken }: FrameSubscriber, frame: Frame): boolean {
  if (kind !== 'video') return iterator.push(frame);
  const isKeyFrame = (frame.flags & KEY_FRAME_FLAG) !== 0;
  if (broken.has(frame.stream) && !isKeyFrame) return false;
  const taken = iterator.push(frame);
  if (taken) broken.delete(frame.stream);
  else broken.add(frame.stream);
  return taken;
}
