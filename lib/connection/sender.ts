import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { CommandWord, OutgoingFrame, TrafficKind } from '../types/index.js';
import type { MediaClass, PeerRequest, SubscribeRequest } from '../wire/index.js';
import { checkCommandWord, checkData, checkFrame, checkStream } from './argument_checks.js';
import type { Traffic } from './traffic.js';
import type { SendRefusal, Transport } from './transport.js';

const ADVICE: Readonly<Record<SendRefusal, string>> = {
  otherMedium: 'audio and video cannot share a stream: use another stream',
  sendBuffer: 'it is larger than the send buffer: raise maxSendBufferBytes, or send less at once',
  peerLimit: 'it is larger than the peer or the service accepts: send less at once',
  full: 'there is no room now: wait for drain, and continue a video stream with a key frame',
  keyFrameDue:
    'the stream needs a key frame (flags: KEY_FRAME_FLAG), as its first frame and after a frame that did not fit',
};

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
    this.#accepted(code, what, true);
    const { transport, traffic, highWaterBytes } = this.#options;
    traffic.countSent(kind, bytes);
    if (transport.bufferedBytes() <= highWaterBytes) return true;
    this.#requestDrain();
    return false;
  }

  /** Throws if `code` is negative. `hasRefusal`: the transport knows more about BUSY and INVALID_PARAMETER. */
  #accepted(code: number, what: () => string, hasRefusal = false): void {
    if (code >= 0) return;
    const { transport, traffic, remoteId } = this.#options;
    if (code === ErrorCode.BUSY) {
      traffic.refusedSends += 1;
      this.#requestDrain();
    }
    const isRefused = code === ErrorCode.BUSY || code === ErrorCode.INVALID_PARAMETER;
    const refusal = hasRefusal && isRefused ? transport.refusal() : undefined;
    const advice = refusal && ADVICE[refusal];
    throw new TiRtcError({ what: `${what()} cannot be sent to "${remoteId}"`, number: code, advice });
  }

  #requestDrain(): void {
    if (this.#wantsDrain) return;
    this.#wantsDrain = true;
    this.#options.transport.requestDrain(this.#lowWaterBytes);
  }
}
