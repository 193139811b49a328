import { SafeEmitter, systemClock } from '../base/index.js';
import { MediaReceiver, type ReceivedStreamReport } from '../media/index.js';
import type { Clock, Connection, Frame, RequestOptions } from '../types/index.js';
import type { MediaClass } from '../wire/index.js';

export interface SimulatedClientOptions {
  /** The folder for received media: a file for each stream, and an index of its frames. */
  readonly recordTo?: string;
  readonly clock?: Clock;
}

export interface SimulatedClientEvents {
  readonly frame: (kind: MediaClass, frame: Frame) => void;
  /** A file could not be written. The recording ends. */
  readonly recordFailed: (error: unknown) => void;
  /** A listener of the program threw or rejected. */
  readonly error: (error: unknown) => void;
}

/** A viewer: subscribes over any connection, measures received streams and writes them to files. */
export class SimulatedClient extends SafeEmitter<SimulatedClientEvents> implements AsyncDisposable {
  readonly connection: Connection;
  readonly #receiver: MediaReceiver;

  /** Frames count from now on. */
  constructor(connection: Connection, options: SimulatedClientOptions = {}) {
    super();
    this.connection = connection;
    this.#receiver = new MediaReceiver({
      connection,
      clock: options.clock ?? systemClock,
      folder: options.recordTo,
      onRecordError: (error) => this.emit('recordFailed', error),
      onFrame: (kind, frame) => this.emit('frame', kind, frame),
    });
    connection.once('closed', () => this.#receiver.close());
  }

  subscribe(kind: 'video' | 'audio', stream: number, options?: RequestOptions): Promise<void> {
    return kind === 'video'
      ? this.connection.subscribeVideo(stream, options)
      : this.connection.subscribeAudio(stream, options);
  }

  /** Returns the statistics of the streams that have frames. */
  report(): readonly ReceivedStreamReport[] {
    return this.#receiver.report();
  }

  /** Close the connection and finish the files. */
  async close(): Promise<void> {
    await this.connection.close();
    this.#receiver.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
