import { ErrorCode, TiRtcError } from '../errors/index.js';
import { MediaReceiver, type MediaSource, type ReceivedStreamReport } from '../media/index.js';
import type { Clock, Command, Connection, OutgoingFrame, SubscribeAnswer } from '../types/index.js';
import { answerCommand, type CommandRule } from './command_answers.js';
import { StreamPlayer, type StreamPlayerStats } from './stream_player.js';

export interface SimulatedStream {
  /** 0..15; audio and video cannot share one. */
  readonly stream: number;
  readonly source: MediaSource;
  /** Start again at the end. Default true. */
  readonly loop?: boolean;
}

export interface SubscribeDemand {
  readonly stream: number;
  readonly kind: 'video' | 'audio';
  readonly subject: string;
  /** Whether the device has such a stream. */
  readonly exists: boolean;
}

/** Returns whether the peer may have a stream. An accepted stream that does not exist sends nothing. */
export type SubscribeRule = (demand: SubscribeDemand) => SubscribeAnswer | Promise<SubscribeAnswer>;

/** An event on a connection of a simulated device. */
export type BehaviourEvent =
  | { readonly event: 'subscribed' | 'unsubscribed'; readonly stream: number; readonly kind: 'video' | 'audio' }
  | { readonly event: 'subscribeRefused'; readonly stream: number; readonly kind: 'video' | 'audio' }
  | { readonly event: 'keyFrameRequested' | 'streamEnded' | 'busy'; readonly stream: number }
  | { readonly event: 'command'; readonly command: Command; readonly answered: boolean };

export interface BehaviourOptions {
  readonly connection: Connection;
  readonly subject: string;
  readonly streams: readonly SimulatedStream[];
  readonly clock: Clock;
  readonly commands: CommandRule | undefined;
  readonly acceptSubscription: SubscribeRule;
  /** Where to record what the peer sends. */
  readonly recordTo: string | undefined;
  readonly onEvent: (event: BehaviourEvent) => void;
  readonly reportError: (error: unknown) => void;
}

export interface SentStreamReport extends StreamPlayerStats {
  readonly stream: number;
  readonly kind: 'video' | 'audio';
}

/** The behaviour of a simulated device on one connection: plays subscribed streams, answers commands, records received media. */
export class DeviceBehaviour {
  readonly #options: BehaviourOptions;
  readonly #epochMs: number;
  readonly #receiver: MediaReceiver;
  readonly #players = new Map<number, StreamPlayer>();
  /** Streams whose last frame did not fit; `busy` is emitted once until one fits. */
  readonly #busy = new Set<number>();

  constructor(options: BehaviourOptions) {
    this.#options = options;
    const { connection, clock, recordTo, acceptSubscription, subject, onEvent, reportError } = options;
    this.#epochMs = clock.nowMs();
    this.#receiver = new MediaReceiver({ connection, clock, folder: recordTo, onRecordError: reportError });
    connection.onSubscribe(async (stream, kind) => {
      const exists = this.#find(stream)?.source.kind === kind;
      const answer = await acceptSubscription({ stream, kind, subject, exists });
      if (answer === false || (answer !== true && answer !== 0)) onEvent({ event: 'subscribeRefused', stream, kind });
      return answer;
    });
    connection
      .on('subscribed', (stream, kind) => this.#subscribed(stream, kind))
      .on('unsubscribed', (stream, kind) => this.#unsubscribed(stream, kind))
      .on('keyFrameRequested', (stream) => this.#keyFrameRequested(stream))
      .on('command', (command) => this.#answer(command))
      .on('error', (error) => isEnd(error) || reportError(error))
      .once('closed', () => this.#end());
  }

  sent(): readonly SentStreamReport[] {
    return [...this.#players].map(([stream, player]) => ({ stream, kind: player.kind, ...player.stats }));
  }

  received(): readonly ReceivedStreamReport[] {
    return this.#receiver.report();
  }

  #find(stream: number): SimulatedStream | undefined {
    return this.#options.streams.find((one) => one.stream === stream);
  }

  #subscribed(stream: number, kind: 'video' | 'audio'): void {
    this.#options.onEvent({ event: 'subscribed', stream, kind });
    const found = this.#find(stream);
    if (found?.source.kind !== kind) return;
    const playing = this.#players.get(stream);
    if (playing?.isPlaying === true) playing.requestKeyFrame();
    else this.#play(found, playing?.stats);
  }

  #play({ stream, source, loop = true }: SimulatedStream, earlier: StreamPlayerStats | undefined): void {
    const player = new StreamPlayer({
      source,
      stream,
      loop,
      clock: this.#options.clock,
      epochMs: this.#epochMs,
      earlier,
      send: (frame) => this.#send(frame, source.kind),
      onEnd: () => this.#options.onEvent({ event: 'streamEnded', stream }),
    });
    this.#players.set(stream, player);
  }

  #unsubscribed(stream: number, kind: 'video' | 'audio'): void {
    if (this.#find(stream)?.source.kind === kind) this.#players.get(stream)?.stop();
    this.#options.onEvent({ event: 'unsubscribed', stream, kind });
  }

  #keyFrameRequested(stream: number): void {
    this.#players.get(stream)?.requestKeyFrame();
    this.#options.onEvent({ event: 'keyFrameRequested', stream });
  }

  async #answer(command: Command): Promise<void> {
    const { commands, subject, onEvent } = this.#options;
    let answered = false;
    if (commands !== undefined && !command.isResponse) {
      const answer = await answerCommand(commands, command, subject);
      answered = answer !== undefined;
      if (answered) command.reply(answer);
    }
    onEvent({ event: 'command', command, answered });
  }

  /** Send until the SDK returns BUSY, as firmware does. */
  #send(frame: OutgoingFrame, kind: 'video' | 'audio'): boolean {
    const { connection, onEvent, reportError } = this.#options;
    try {
      if (kind === 'video') connection.sendVideo(frame);
      else connection.sendAudio(frame);
      this.#busy.delete(frame.stream);
      return true;
    } catch (error) {
      if (isEnd(error)) this.#end();
      else if (!(error instanceof TiRtcError) || error.number !== ErrorCode.BUSY) {
        this.#players.get(frame.stream)?.stop();
        reportError(error);
      } else if (!this.#busy.has(frame.stream)) {
        this.#busy.add(frame.stream);
        onEvent({ event: 'busy', stream: frame.stream });
      }
      return false;
    }
  }

  #end(): void {
    for (const player of this.#players.values()) player.stop();
    this.#receiver.close();
  }
}

const ENDS: ReadonlySet<number> = new Set([
  ErrorCode.CONN_REMOTECLOSE,
  ErrorCode.CONN_TIMEOUTCLOSE,
  ErrorCode.CONN_OTHER_ERROR,
  ErrorCode.INVALID_HANDLE,
]);

/** A send can fail before the `closed` event reports the end. */
function isEnd(error: unknown): boolean {
  return error instanceof TiRtcError && ENDS.has(error.number);
}
