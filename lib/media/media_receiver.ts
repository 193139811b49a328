import { mkdirSync } from 'node:fs';
import type { Clock, Connection, Frame } from '../types/index.js';
import type { MediaClass } from '../wire/index.js';
import { StreamRecorder } from './stream_recorder.js';
import { StreamStatistics, type StreamStatisticsReport } from './stream_statistics.js';

export interface ReceivedStreamReport extends StreamStatisticsReport {
  readonly kind: MediaClass;
  readonly stream: number;
}

export interface MediaReceiverOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** The folder for received media, made with the first frame. Without it nothing is written. */
  readonly folder?: string | undefined;
  /** Called when a file cannot be written. The recording ends. */
  readonly onRecordError: (error: unknown) => void;
  readonly onFrame?: (kind: MediaClass, frame: Frame) => void;
}

interface ReceivedStream {
  readonly kind: MediaClass;
  readonly stream: number;
  readonly statistics: StreamStatistics;
  readonly recorder: StreamRecorder | undefined;
}

const KINDS = ['video', 'audio', 'message'] as const;

/** Measures and records all media that a connection receives. */
export class MediaReceiver {
  readonly #options: MediaReceiverOptions;
  readonly #startMs: number;
  readonly #streams = new Map<string, ReceivedStream>();
  #recording: boolean;

  constructor(options: MediaReceiverOptions) {
    this.#options = options;
    this.#startMs = options.clock.nowMs();
    this.#recording = options.folder !== undefined;
    for (const kind of KINDS) options.connection.on(kind, (frame) => this.#receive(kind, frame));
  }

  /** Returns the statistics of all streams, in the order in which they began. */
  report(): readonly ReceivedStreamReport[] {
    const nowMs = this.#options.clock.nowMs();
    return [...this.#streams.values()].map(({ kind, stream, statistics }) => ({
      kind,
      stream,
      ...statistics.report(nowMs),
    }));
  }

  /** Finish the files. */
  close(): void {
    if (!this.#recording) return;
    this.#recording = false;
    this.#guard(() => {
      for (const { recorder } of this.#streams.values()) recorder?.close();
    });
  }

  #receive(kind: MediaClass, frame: Frame): void {
    const arrivalMs = this.#options.clock.nowMs();
    const stream = this.#streamOf(kind, frame.stream, arrivalMs);
    const { gapMs } = stream.statistics.receive(frame, arrivalMs);
    if (this.#recording) this.#guard(() => stream.recorder?.add(frame, arrivalMs - this.#startMs, gapMs));
    this.#options.onFrame?.(kind, frame);
  }

  #streamOf(kind: MediaClass, stream: number, nowMs: number): ReceivedStream {
    const name = `${kind}-${stream}`;
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const { folder } = this.#options;
    if (folder !== undefined && this.#recording) this.#guard(() => mkdirSync(folder, { recursive: true }));
    const recorder = folder === undefined ? undefined : new StreamRecorder(folder, name);
    const made = { kind, stream, statistics: new StreamStatistics(nowMs), recorder };
    this.#streams.set(name, made);
    return made;
  }

  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#recording = false;
      this.#options.onRecordError(error);
    }
  }
}
