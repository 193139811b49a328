import { ErrorCode, errorFromNumber, TiRtcError } from '../errors/index.js';
import type {
  Clock,
  Command,
  CommandHandler,
  CommandWord,
  Connection,
  ConnectionEvents,
  ConnectionState,
  ConnectionStats,
  Frame,
  FrameIteratorOptions,
  IteratorOptions,
  OutgoingFrame,
  OutgoingMessage,
  RequestOptions,
  SubscribeHandler,
} from '../types/index.js';
import { MEDIA, type MediaClass, mediaClass, type PeerRequest, type SubscribeRequest } from '../wire/index.js';
import { systemClock } from './clock.js';
import { CommandExchange } from './command_exchange.js';
import { isThenable, SafeEmitter } from './emitter.js';
import { Feeds } from './feeds.js';
import { IncomingCommand } from './incoming_command.js';
import { checkCommandWord, checkData, checkFrame, checkStream } from './outgoing.js';
import { Subscriptions, streamKind } from './subscriptions.js';
import type { Transport, TransportSink } from './transport.js';

const DEFAULT_HIGH_WATER_BYTES = 256 * 1024;

export interface PeerConnectionOptions {
  readonly remoteId: string;
  readonly transport: Transport;
  readonly clock?: Clock;
  /** Sends return false above this many queued bytes; `drain` comes at a quarter of it. Default 256 KiB. */
  readonly highWaterBytes?: number;
}

/** The Connection over any Transport. The transport tells its news through the deliver methods of TransportSink. */
export class PeerConnection extends SafeEmitter<ConnectionEvents> implements Connection, TransportSink {
  readonly remoteId: string;
  readonly #transport: Transport;
  readonly #highWaterBytes: number;
  readonly #lowWaterBytes: number;
  readonly #exchange: CommandExchange;
  readonly #subscriptions: Subscriptions;
  readonly #feeds = new Feeds();
  #state: ConnectionState = 'open';
  #error: TiRtcError | undefined;
  #wantsDrain = false;
  #closing: Promise<void> | undefined;
  #released = (): void => {};

  constructor(options: PeerConnectionOptions) {
    super();
    const { remoteId, transport, clock = systemClock, highWaterBytes = DEFAULT_HIGH_WATER_BYTES } = options;
    this.remoteId = remoteId;
    this.#transport = transport;
    this.#highWaterBytes = highWaterBytes;
    this.#lowWaterBytes = highWaterBytes / 4;
    this.#exchange = new CommandExchange(remoteId, clock);
    this.#subscriptions = new Subscriptions(remoteId, clock);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get error(): TiRtcError | undefined {
    return this.#error;
  }

  get bufferedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#transport.bufferedBytes();
  }

  sendCommand(word: CommandWord, data?: Uint8Array | string): boolean {
    return this.#sendWord(checkCommandWord(word), data);
  }

  request(command: number, data?: Uint8Array | string, options: RequestOptions = {}): Promise<Command> {
    return this.#exchange.request(command, options, (word) => this.#sendWord(word, data));
  }

  handle(command: number, handler: CommandHandler): () => void {
    return this.#exchange.handle(command, handler);
  }

  sendVideo(frame: OutgoingFrame): boolean {
    return this.#sendFrame(frame, 'video');
  }

  sendAudio(frame: OutgoingFrame): boolean {
    return this.#sendFrame(frame, 'audio');
  }

  sendMessage(message: OutgoingMessage): boolean {
    return this.#sendFrame({ ...message, media: MEDIA.MESSAGE }, 'message');
  }

  requestKeyFrame(stream: number): void {
    this.#sendRequest('keyFrame', stream);
  }

  subscribeVideo(stream: number, options: RequestOptions = {}): Promise<void> {
    return this.#subscribe('subscribeVideo', stream, options);
  }

  subscribeAudio(stream: number, options: RequestOptions = {}): Promise<void> {
    return this.#subscribe('subscribeAudio', stream, options);
  }

  unsubscribeVideo(stream: number): void {
    this.#sendRequest('unsubscribeVideo', stream);
  }

  unsubscribeAudio(stream: number): void {
    this.#sendRequest('unsubscribeAudio', stream);
  }

  onSubscribe(handler: SubscribeHandler | undefined): void {
    this.#subscriptions.handler = handler;
  }

  frames(kind: MediaClass, options: FrameIteratorOptions = {}): AsyncIterableIterator<Frame> {
    return this.#feeds.frames(kind, options);
  }

  commands(options: IteratorOptions = {}): AsyncIterableIterator<Command> {
    return this.#feeds.commands(options);
  }

  stats(): ConnectionStats {
    const { droppedFrames, droppedCommands } = this.#feeds;
    return { ...this.#transport.rtt(), droppedFrames, droppedCommands };
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
    const command = new IncomingCommand(word, data, (answer, bytes) => this.#sendWord(answer, bytes));
    if (this.#exchange.settle(command)) return;
    const handler = this.#exchange.handlerOf(command);
    if (handler !== undefined) {
      this.guard(() => this.#answer(handler, command));
      return;
    }
    this.emit('command', command);
    this.#feeds.offerCommand(command);
  }

  deliverFrame(frame: Frame): void {
    const kind = mediaClass(frame.media);
    if (this.#state !== 'open' || kind === undefined) return;
    this.emit(kind, frame);
    this.#feeds.offerFrame(kind, frame);
  }

  deliverRequest(request: PeerRequest, stream: number): void {
    if (this.#state !== 'open') return;
    switch (request) {
      case 'keyFrame':
        this.emit('keyFrameRequested', stream);
        break;
      case 'subscribeVideo':
      case 'subscribeAudio':
        this.guard(() => this.#decideSubscribe(request, stream));
        break;
      case 'unsubscribeVideo':
        this.emit('unsubscribed', stream, 'video');
        break;
      case 'unsubscribeAudio':
        this.emit('unsubscribed', stream, 'audio');
        break;
    }
  }

  deliverSubscribeAnswer(request: SubscribeRequest, stream: number, status: number): void {
    this.#subscriptions.settle(request, stream, status);
  }

  /** Since this was on its way the program may have filled the buffer again. */
  deliverDrain(): void {
    if (this.#state !== 'open') return;
    if (this.#transport.bufferedBytes() > this.#lowWaterBytes) {
      this.#transport.requestDrain(this.#lowWaterBytes);
      return;
    }
    this.#wantsDrain = false;
    this.emit('drain');
  }

  deliverFailed(error: TiRtcError): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#error = error;
    this.#end(error);
    this.emit('closed', error);
    void this.#release();
  }

  deliverClosed(): void {
    this.#released();
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.emit('closed', undefined);
  }

  #release(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#released = resolve;
      this.#transport.close();
    });
    return this.#closing;
  }

  /** Nobody waits any longer. */
  #end(error: TiRtcError | undefined): void {
    this.#exchange.rejectAll(this.#endError());
    this.#subscriptions.rejectAll(this.#endError());
    this.#feeds.end(error?.number === ErrorCode.CONN_REMOTECLOSE ? undefined : error);
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

  #sendWord(word: number, data: Uint8Array | string | undefined): boolean {
    const bytes = checkData(data);
    this.checkOpen();
    return this.#sent(this.#transport.sendCommand(word, bytes), () => `a command of ${bytes.length} bytes`);
  }

  #sendFrame(outgoing: OutgoingFrame, kind: MediaClass): boolean {
    const frame = checkFrame(outgoing, kind);
    this.checkOpen();
    const what = (): string => `a ${kind} frame of ${frame.data.length} bytes on stream ${frame.stream}`;
    return this.#sent(this.#transport.sendFrame(frame), what);
  }

  #sendRequest(request: PeerRequest, stream: number): void {
    checkStream(stream);
    this.checkOpen();
    this.#sent(this.#transport.sendRequest(request, stream), () => `${request} for stream ${stream}`);
  }

  #subscribe(request: SubscribeRequest, stream: number, options: RequestOptions): Promise<void> {
    return this.#subscriptions.subscribe(request, stream, options, () => this.#sendRequest(request, stream));
  }

  protected checkOpen(): void {
    if (this.#state !== 'open') throw this.#endError();
  }

  /** What a send returned: an error, or whether to go on. */
  #sent(result: number, what: () => string): boolean {
    if (result < 0) throw errorFromNumber(result, `${what()} cannot be sent to "${this.remoteId}"`);
    if (this.#transport.bufferedBytes() <= this.#highWaterBytes) return true;
    if (!this.#wantsDrain) {
      this.#wantsDrain = true;
      this.#transport.requestDrain(this.#lowWaterBytes);
    }
    return false;
  }

  #answer(handler: CommandHandler, command: IncomingCommand): unknown {
    const finish = (answer: Awaited<ReturnType<CommandHandler>>): void => {
      if (!command.replied && this.#state === 'open') command.reply(answer ?? undefined);
    };
    const answer = handler(command);
    return isThenable(answer) ? answer.then(finish) : finish(answer);
  }

  async #decideSubscribe(request: SubscribeRequest, stream: number): Promise<void> {
    const status = await this.#subscriptions.decide(request, stream, (error) => this.reportError(error));
    if (this.#state !== 'open') return;
    this.#sent(this.#transport.answerSubscribe(request, stream, status), () => `the answer to ${request}`);
    if (status === 0) this.emit('subscribed', stream, streamKind(request));
  }
}
