import { RefCount, SafeEmitter, systemClock } from '../base/index.js';
import { ErrorCode, invalidParameter, TiRtcError } from '../errors/index.js';
import type * as types from '../types/index.js';
import { MEDIA, type MediaClass, mediaClass, type PeerRequest, type SubscribeRequest } from '../wire/index.js';
import { Commands, IncomingCommand } from './commands.js';
import { Iterators } from './iterators.js';
import { Sender } from './sender.js';
import { Subscriptions, streamKind } from './subscriptions.js';
import { Traffic } from './traffic.js';
import { type ConnectionObserver, NO_OBSERVER, type Transport, type TransportSink } from './transport.js';

const DEFAULT_HIGH_WATER_BYTES = 256 * 1024;

export interface PeerConnectionOptions {
  readonly remoteId: string;
  readonly transport: Transport;
  readonly clock?: types.Clock;
  /** Sends return false above this many queued bytes; `drain` is emitted at a quarter of it. Default 256 KiB. */
  readonly highWaterBytes?: number;
  readonly observer?: ConnectionObserver;
}

/** A Connection over any Transport, which reports its events through the deliver methods. */
export class PeerConnection extends SafeEmitter<types.ConnectionEvents> implements types.Connection, TransportSink {
  readonly remoteId: string;
  readonly #transport: Transport;
  readonly #observer: ConnectionObserver;
  readonly #traffic = new Traffic();
  readonly #sender: Sender;
  readonly #pauses: RefCount;
  readonly #commands: Commands;
  readonly #subscriptions: Subscriptions;
  readonly #iterators = new Iterators(() => this.#observer.dropped(this));
  #state: types.ConnectionState = 'open';
  #error: TiRtcError | undefined;
  #closing: Promise<void> | undefined;
  #released = (): void => {};

  constructor(options: PeerConnectionOptions) {
    super();
    const { remoteId, transport, clock = systemClock, highWaterBytes = DEFAULT_HIGH_WATER_BYTES } = options;
    this.remoteId = remoteId;
    this.#transport = transport;
    this.#observer = options.observer ?? NO_OBSERVER;
    const closed = (): TiRtcError | undefined => (this.#state === 'open' ? undefined : this.#endError());
    this.#sender = new Sender({ remoteId, transport, highWaterBytes, traffic: this.#traffic, closed });
    this.#pauses = new RefCount((isOn) => this.#pauseTransport(isOn));
    this.#commands = new Commands(remoteId, clock);
    this.#subscriptions = new Subscriptions(remoteId, clock);
  }

  get state(): types.ConnectionState {
    return this.#state;
  }

  get error(): TiRtcError | undefined {
    return this.#error;
  }

  get bufferedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#transport.bufferedBytes();
  }

  sendCommand(word: types.CommandWord, data?: Uint8Array | string): boolean {
    return this.#sender.command(word, data);
  }

  request(command: number, data?: Uint8Array | string, options: types.RequestOptions = {}): Promise<types.Command> {
    return this.#commands.request(command, options, (word) => this.#sender.word(word, data));
  }

  handle(command: number, handler: types.CommandHandler): () => void {
    return this.#commands.handle(command, handler);
  }

  sendVideo(frame: types.OutgoingFrame): boolean {
    return this.#sender.frame(frame, 'video');
  }

  sendAudio(frame: types.OutgoingFrame): boolean {
    return this.#sender.frame(frame, 'audio');
  }

  sendMessage(message: types.OutgoingMessage): boolean {
    return this.#sender.frame({ ...message, media: MEDIA.MESSAGE }, 'message');
  }

  requestKeyFrame(stream: number): void {
    this.#sender.request('keyFrame', stream);
  }

  subscribeVideo(stream: number, options: types.RequestOptions = {}): Promise<void> {
    return this.#subscribe('subscribeVideo', stream, options);
  }

  subscribeAudio(stream: number, options: types.RequestOptions = {}): Promise<void> {
    return this.#subscribe('subscribeAudio', stream, options);
  }

  unsubscribeVideo(stream: number): void {
    this.#sender.request('unsubscribeVideo', stream);
  }

  unsubscribeAudio(stream: number): void {
    this.#sender.request('unsubscribeAudio', stream);
  }

  onSubscribe(handler: types.SubscribeHandler | undefined): void {
    this.#subscriptions.setHandler(handler);
  }

  frames(kind: MediaClass, options: types.FrameIteratorOptions = {}): AsyncIterableIterator<types.Frame> {
    return this.#iterators.frames(kind, options);
  }

  commands(options: types.IteratorOptions = {}): AsyncIterableIterator<types.Command> {
    return this.#iterators.commands(options);
  }

  stats(): types.ConnectionStats {
    const { sent, received, refusedSends } = this.#traffic;
    const { droppedFrames, droppedCommands } = this.#iterators;
    return { ...this.#transport.rtt(), sent, received, refusedSends, droppedFrames, droppedCommands };
  }

  pauseReceiving(): () => void {
    return this.#pauses.acquire();
  }

  close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#end(undefined);
    }
    return this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  deliverCommand(word: number, data: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#traffic.countReceived('command', 1, data.length);
    const command = new IncomingCommand(word, data, (answer, bytes) => this.#sender.word(answer, bytes));
    if (this.#commands.settle(command)) return;
    const handler = this.#commands.handlerOf(command);
    if (handler === undefined) {
      this.emit('command', command);
      this.#iterators.offerCommand(command);
    } else if (this.#commands.isFull) {
      this.#iterators.dropCommand();
    } else {
      this.guard(() => this.#commands.answer(handler, command, () => this.#state === 'open'));
    }
  }

  deliverFrame(frame: types.Frame): void {
    const kind = mediaClass(frame.media);
    if (this.#state !== 'open' || kind === undefined) return;
    this.#traffic.countReceived(kind, 1, frame.data.length);
    this.emit(kind, frame);
    this.#iterators.offerFrame(kind, frame);
  }

  deliverRequest(request: PeerRequest, stream: number): void {
    if (this.#state !== 'open') return;
    if (request === 'keyFrame') this.emit('keyFrameRequested', stream);
    else if (request === 'unsubscribeVideo') this.emit('unsubscribed', stream, 'video');
    else if (request === 'unsubscribeAudio') this.emit('unsubscribed', stream, 'audio');
    else this.guard(() => this.#decideSubscribe(request, stream));
  }

  deliverSubscribeAnswer(request: SubscribeRequest, stream: number, status: number): void {
    this.#subscriptions.settle(request, stream, status);
  }

  deliverDrain(): void {
    if (this.#state === 'open' && this.#sender.drained()) this.emit('drain');
  }

  deliverFailed(error: TiRtcError): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#error = error;
    this.#end(error);
    this.#reportClosed(error);
    void this.#release();
  }

  deliverClosed(): void {
    this.#released();
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reportClosed(undefined);
  }

  protected override logError(error: unknown): boolean {
    return this.#observer.handlerFailed(this, error);
  }

  protected countReceived(kind: MediaClass, count: number, bytes: number): void {
    this.#traffic.countReceived(kind, count, bytes);
  }

  protected checkOpen(): void {
    this.#sender.checkOpen();
  }

  #reportClosed(error: TiRtcError | undefined): void {
    this.#observer.closed(this);
    this.emit('closed', error);
  }

  #pauseTransport(isPaused: boolean): void {
    if (this.#state === 'closed' || this.#transport.pauseReceiving(isPaused)) return;
    const what = `the connection to "${this.remoteId}" cannot be paused: its transport, such as a browser's WebSocket, cannot wait`;
    throw invalidParameter(what, 'use frames(), which drops frames when its buffer is full');
  }

  #release(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#released = resolve;
      this.#transport.close();
    });
    return this.#closing;
  }

  /** Ends all waits and iterators. */
  #end(error: TiRtcError | undefined): void {
    this.#commands.rejectAll(this.#endError());
    this.#subscriptions.rejectAll(this.#endError());
    this.#iterators.end(error?.number === ErrorCode.CONN_REMOTECLOSE ? undefined : error);
  }

  #endError(): TiRtcError {
    return (
      this.#error ??
      new TiRtcError({
        what: `the connection to "${this.remoteId}" is closed`,
        number: ErrorCode.INVALID_HANDLE,
        code: 'CONNECTION_CLOSED',
        advice: 'connect again; nothing can be sent after close()',
      })
    );
  }

  #subscribe(request: SubscribeRequest, stream: number, options: types.RequestOptions): Promise<void> {
    return this.#subscriptions.subscribe(request, stream, options, () => this.#sender.request(request, stream));
  }

  async #decideSubscribe(request: SubscribeRequest, stream: number): Promise<void> {
    const status = await this.#subscriptions.decide(request, stream, (error) => this.reportError(error));
    if (this.#state !== 'open') return;
    this.#sender.answerSubscribe(request, stream, status);
    if (status === 0) this.emit('subscribed', stream, streamKind(request));
  }
}
