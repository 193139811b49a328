import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { CommandWord, OutgoingFrame, TrafficKind } from '../types/index.js';
import type { MediaClass, PeerRequest, SubscribeRequest } from '../wire/index.js';
import { checkCommandWord, checkData, checkFrame, checkStream } from './argument_checks.js';
import type { Traffic } from './traffic.js';
import type { Transport } from './transport.js';

/** What the transport can find wrong with what was checked here. */
const TOO_LARGE =
  'it is larger than the send buffer (raise maxSendBufferBytes, of a client maxSendBufferBytes) or than the peer or the service takes';
const MIXED = 'sound and pictures cannot share a stream: use another';
const NO_ROOM = 'there is no room now: wait for drain';
const NO_KEY_FRAME =
  'the stream needs a key frame (flags: KEY_FRAME_FLAG): as its first, and after a frame that found no room';

/** Undefined: that of the number. */
function adviceFor(code: number, kind: TrafficKind | undefined): string | undefined {
  if (kind === undefined) return undefined;
  if (code === ErrorCode.BUSY) return kind === 'video' ? `${NO_ROOM}, or ${NO_KEY_FRAME}` : NO_ROOM;
  if (code !== ErrorCode.INVALID_PARAMETER) return undefined;
  return kind === 'audio' || kind === 'video' ? `${MIXED}, or ${TOO_LARGE}` : TOO_LARGE;
}

export interface SenderOptions {
  readonly remoteId: string;
  readonly transport: Transport;
  readonly highWaterBytes: number;
  readonly traffic: Traffic;
  /** Why nothing may be sent any more; undefined while it may. */
  readonly closed: () => TiRtcError | undefined;
}

/** The way out of a connection: what a program gives is checked and handed to the transport, and whoever sends is told when
 *  to wait. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #lowWaterBytes: number;
  #wantsDrain = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#lowWaterBytes = options.highWaterBytes / 4;
  }

  command(word: CommandWord, data: Uint8Array | string | undefined): boolean {
    return this.word(checkCommandWord(word), data);
  }

  /** A command word that is known to be right. */
  word(word: number, data: Uint8Array | string | undefined): boolean {
    const bytes = checkData(data);
    this.checkOpen();
    const code = this.#options.transport.sendCommand(word, bytes);
    return this.#sent(code, 'command', bytes.length, () => `a command of ${bytes.length} bytes`);
  }

  frame(outgoing: OutgoingFrame, kind: MediaClass): boolean {
    const frame = checkFrame(outgoing, kind);
    const { length } = frame.data;
    this.checkOpen();
    const code = this.#options.transport.sendFrame(frame);
    return this.#sent(code, kind, length, () => `a ${kind} frame of ${length} bytes on stream ${frame.stream}`);
  }

  request(request: PeerRequest, stream: number): void {
    checkStream(stream);
    this.checkOpen();
    this.#accepted(this.#options.transport.sendRequest(request, stream), () => `${request} for stream ${stream}`);
  }

  answerSubscribe(request: SubscribeRequest, stream: number, status: number): void {
    const code = this.#options.transport.answerSubscribe(request, stream, status);
    this.#accepted(code, () => `the answer to ${request}`);
  }

  checkOpen(): void {
    const error = this.#options.closed();
    if (error !== undefined) throw error;
  }

  /** The transport has room again. False when the program filled it meanwhile: then it will say so once more. */
  drained(): boolean {
    const { transport } = this.#options;
    if (transport.bufferedBytes() > this.#lowWaterBytes) {
      transport.requestDrain(this.#lowWaterBytes);
      return false;
    }
    this.#wantsDrain = false;
    return true;
  }

  /** Whether to go on after a send; throws when it did not go out. */
  #sent(code: number, kind: TrafficKind, bytes: number, what: () => string): boolean {
    this.#accepted(code, what, kind);
    const { transport, traffic, highWaterBytes } = this.#options;
    traffic.countSent(kind, bytes);
    if (transport.bufferedBytes() <= highWaterBytes) return true;
    this.#requestDrain();
    return false;
  }

  #accepted(code: number, what: () => string, kind?: TrafficKind): void {
    if (code >= 0) return;
    if (code === ErrorCode.BUSY) {
      this.#options.traffic.refusedSends += 1;
      this.#requestDrain();
    }
    const text = `${what()} cannot be sent to "${this.#options.remoteId}"`;
    throw new TiRtcError({ what: text, number: code, advice: adviceFor(code, kind) });
  }

  #requestDrain(): void {
    if (this.#wantsDrain) return;
    this.#wantsDrain = true;
    this.#options.transport.requestDrain(this.#lowWaterBytes);
  }
}
