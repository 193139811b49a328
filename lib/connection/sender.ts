import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { CommandWord, OutgoingFrame, TrafficKind } from '../types/index.js';
import type { MediaClass, PeerRequest, SubscribeRequest } from '../wire/index.js';
import { checkCommandWord, checkData, checkFrame, checkStream } from './argument_checks.js';
import type { Traffic } from './traffic.js';
import type { Transport } from './transport.js';

/** The reasons of a transport to refuse data that passed the checks here. */
const TOO_LARGE =
  'it is larger than the send buffer (raise maxSendBufferBytes) or than the peer or the service accepts';
const MIXED = 'audio and video cannot share a stream: use another stream';
const NO_ROOM = 'there is no room now: wait for drain';
const NO_KEY_FRAME =
  'the stream needs a key frame (flags: KEY_FRAME_FLAG), as its first frame and after a frame that did not fit';

/** Returns undefined for the advice that belongs to the error number. */
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
  /** Returns the error that ended the connection; undefined while it is open. */
  readonly closed: () => TiRtcError | undefined;
}

/** Checks what the program sends, passes it to the transport, and requests `drain` events. */
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

  /** Sends a command whose word is known to be valid. */
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

  /** Called when the transport has room again. Returns false if the program has filled it again; another drain follows. */
  drained(): boolean {
    const { transport } = this.#options;
    if (transport.bufferedBytes() > this.#lowWaterBytes) {
      transport.requestDrain(this.#lowWaterBytes);
      return false;
    }
    this.#wantsDrain = false;
    return true;
  }

  /** Returns whether the program may go on sending; throws if the send was refused. */
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
