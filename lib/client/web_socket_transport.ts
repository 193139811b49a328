import type { PeerConnection, SendRefusal, Transport, TransportRtt } from '../connection/index.js';
import { ErrorCode, errorFromBye, TiRtcError } from '../errors/index.js';
import type { Clock, Timer } from '../types/index.js';
import * as wire from '../wire/index.js';
import { brokenConnection, type LinkSocket, protocolViolation } from './link_socket.js';
import { Liveness } from './liveness.js';
import { SendRules } from './send_rules.js';

const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL_ERROR = 1002;
const LINGER_MS = 500;
/** Room beyond the send buffer for the framing of one message, so that a payload of the buffer's size fits. */
const FRAMING_BYTES = 27;
/** Room beyond the send buffer for probes and answers. */
const RESERVED_BYTES = 4096;

export interface WebSocketTransportOptions {
  readonly socket: LinkSocket;
  readonly clock: Clock;
  readonly limits: wire.Limits;
  readonly remoteId: string;
  readonly maxSendBufferBytes: number;
}

/** The client's end of a connection over a WebSocket, from `ready` on (docs/wire.md). */
export class WebSocketTransport implements Transport {
  readonly #socket: LinkSocket;
  readonly #clock: Clock;
  readonly #remoteId: string;
  readonly #maxMessageBytes: number;
  readonly #maxSendBufferBytes: number;
  readonly #rules = new SendRules();
  readonly #liveness: Liveness;
  #peer: PeerConnection | undefined;
  #sentBytes = 0;
  #ended = false;
  #failure: TiRtcError | undefined;
  #refusal: SendRefusal | undefined;
  #linger: Timer | undefined;
  #probe = { number: 0, sentAtMs: 0 };
  #rttMs = 0;
  /** The classes of media that were sent or received. */
  readonly #used = new Set<wire.MediaClass | undefined>();

  constructor(options: WebSocketTransportOptions) {
    this.#socket = options.socket;
    this.#clock = options.clock;
    this.#remoteId = options.remoteId;
    this.#maxMessageBytes = options.limits.maxMessageBytes;
    this.#maxSendBufferBytes = options.maxSendBufferBytes;
    this.#liveness = new Liveness({
      clock: options.clock,
      limits: options.limits,
      traffic: () => {
        const queuedBytes = this.bufferedBytes();
        return { receivedBytes: this.#socket.receivedBytes(), sentBytes: this.#sentBytes - queuedBytes, queuedBytes };
      },
      keepAlive: () => this.#keepAlive(),
      onSilence: () => this.#fallSilent(),
    });
  }

  /** Set the receiver of the events, before the first event. */
  attach(peer: PeerConnection): void {
    this.#peer = peer;
  }

  sendCommand(word: number, data: Uint8Array): number {
    const size = wire.COMMAND_HEADER_BYTES + data.length;
    if (this.#failure !== undefined) return this.#failure.number;
    this.#refusal = this.#tooLarge(data.length, size) ?? (this.#fits(size) ? undefined : 'full');
    if (this.#refusal !== undefined) return codeOf(this.#refusal);
    this.#send(wire.encodeCommand(word, data));
    return size;
  }

  sendFrame(frame: wire.FrameBody): number {
    const size = wire.FRAME_HEADER_BYTES + frame.data.length;
    if (this.#failure !== undefined) return this.#failure.number;
    this.#refusal = this.#tooLarge(frame.data.length, size) ?? this.#rules.check(frame, this.#fits(size));
    if (this.#refusal !== undefined) return codeOf(this.#refusal);
    this.#used.add(wire.mediaClass(frame.media));
    this.#send(wire.encodeFrame(frame));
    return size;
  }

  refusal(): SendRefusal | undefined {
    return this.#refusal;
  }

  sendRequest(request: wire.PeerRequest, stream: number): number {
    return this.#sendReserved(wire.encodePeerRequest(request, stream), 0);
  }

  answerSubscribe(request: wire.SubscribeRequest, stream: number, status: number): number {
    return this.#sendReserved(wire.encodeSubscribeAnswer(request, stream, status), RESERVED_BYTES);
  }

  bufferedBytes(): number {
    return this.#socket.bufferedBytes();
  }

  requestDrain(lowWaterBytes: number): void {
    this.#socket.whenBelow(lowWaterBytes, () => this.#peer?.deliverDrain());
  }

  pauseReceiving(isPaused: boolean): boolean {
    if (!this.#socket.pause(isPaused)) return false;
    this.#liveness.pause(isPaused);
    return true;
  }

  /** All channels share one ordered link, so the round trip time of a probe holds for each channel in use. */
  rtt(): TransportRtt {
    const rttOf = (kind: wire.MediaClass): number => (this.#used.has(kind) ? this.#rttMs : 0);
    return { audioRttMs: rttOf('audio'), videoRttMs: rttOf('video'), commandRttMs: this.#rttMs };
  }

  close(): void {
    this.#liveness.stop();
    if (this.#ended) {
      this.#clock.startTimer(0, () => this.#peer?.deliverClosed());
      return;
    }
    this.#socket.close(CLOSE_NORMAL);
    this.#linger = this.#clock.startTimer(LINGER_MS, () => {
      this.#socket.destroy();
      this.handleEnd(undefined);
    });
  }

  /** Handles a received message. */
  handleMessage(message: Uint8Array): void {
    if (this.#ended || this.#failure !== undefined) return;
    try {
      this.#dispatch(message);
    } catch (error) {
      if (!(error instanceof wire.WireError)) throw error;
      this.handleViolation(error.message);
    }
  }

  /** Handles a message that broke the protocol. */
  handleViolation(problem: string): void {
    this.#fail(protocolViolation(this.#remoteId, problem), CLOSE_PROTOCOL_ERROR);
  }

  /** Handles the end of the socket. */
  handleEnd(failure: TiRtcError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#liveness.stop();
    if (this.#linger !== undefined) {
      this.#linger.cancel();
      this.#peer?.deliverClosed();
      return;
    }
    this.#fail(failure ?? brokenConnection(`the link to "${this.#remoteId}" ended without a bye`));
  }

  #dispatch(message: Uint8Array): void {
    const channel = message[0];
    const body = message.subarray(1);
    switch (channel) {
      case undefined:
        throw new wire.WireError('an empty message');
      case wire.CHANNEL_COMMAND: {
        const { word, data } = wire.decodeCommand(body);
        if (wire.isReservedCommandWord(word)) this.#handleSdkCommand(word, data);
        else this.#peer?.deliverCommand(word, data);
        return;
      }
      case wire.CHANNEL_AUDIO:
      case wire.CHANNEL_VIDEO:
        this.#takeFrame(wire.decodeFrame(channel, body));
        return;
      case wire.CHANNEL_CONTROL:
        this.#handleControl(body);
        return;
    }
  }

  #takeFrame(frame: wire.FrameBody): void {
    this.#used.add(wire.mediaClass(frame.media));
    this.#peer?.deliverFrame(frame);
  }

  #handleControl(body: Uint8Array): void {
    const control = wire.decodeControl(body);
    if (control === undefined) return;
    if (control.type !== 'bye') throw new wire.WireError(`a ${control.type} in a connection`);
    this.#fail(errorFromBye(control.reason, `the connection to "${this.#remoteId}" ended`, control.text), CLOSE_NORMAL);
  }

  #handleSdkCommand(word: number, data: Uint8Array): void {
    const command = wire.decodeSdkCommand(word, data);
    switch (command?.kind) {
      case 'request':
        this.#peer?.deliverRequest(command.request, command.stream);
        break;
      case 'answer':
        this.#peer?.deliverSubscribeAnswer(command.request, command.stream, command.status);
        break;
      case 'probe':
        this.#sendReserved(wire.encodeProbeEcho(command.data), RESERVED_BYTES);
        break;
      case 'echo':
        this.#takeEcho(command.data);
        break;
    }
  }

  #keepAlive(): void {
    this.#socket.ping();
    const data = new Uint8Array(wire.PROBE_BYTES);
    this.#probe = { number: (this.#probe.number + 1) >>> 0, sentAtMs: this.#clock.nowMs() };
    new DataView(data.buffer).setUint32(0, this.#probe.number);
    this.#sendReserved(wire.encodeProbe(data), RESERVED_BYTES);
  }

  /** Ignores the echoes of older probes. A round trip time is at least 1 ms, because 0 means that there is no sample. */
  #takeEcho(data: Uint8Array): void {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (view.getUint32(0) !== this.#probe.number || view.getUint32(4) !== 0) return;
    this.#rttMs = Math.max(1, Math.round(this.#clock.nowMs() - this.#probe.sentAtMs));
  }

  #fallSilent(): void {
    const what = `nothing arrived from "${this.#remoteId}" or the service`;
    this.#ended = true;
    this.#socket.destroy();
    this.#fail(new TiRtcError({ what, number: ErrorCode.CONN_TIMEOUTCLOSE }));
  }

  #fail(error: TiRtcError, closeCode?: number): void {
    if (this.#failure !== undefined || this.#linger !== undefined) return;
    this.#failure = error;
    this.#liveness.stop();
    if (closeCode !== undefined) this.#socket.close(closeCode);
    this.#peer?.deliverFailed(error);
  }

  #tooLarge(payloadBytes: number, bodyBytes: number): SendRefusal | undefined {
    if (payloadBytes > this.#maxSendBufferBytes) return 'sendBuffer';
    return 1 + bodyBytes > this.#maxMessageBytes ? 'peerLimit' : undefined;
  }

  #fits(size: number): boolean {
    return this.bufferedBytes() + size <= this.#maxSendBufferBytes + FRAMING_BYTES;
  }

  /** Sends a small message of the SDK, which may use `reserve` bytes beyond the send buffer. */
  #sendReserved(message: Uint8Array<ArrayBuffer>, reserve: number): number {
    if (this.#failure !== undefined) return this.#failure.number;
    if (!this.#fits(message.length - reserve)) return ErrorCode.BUSY;
    this.#send(message);
    return 0;
  }

  #send(message: Uint8Array<ArrayBuffer>): void {
    this.#sentBytes += message.length;
    this.#socket.send(message);
  }
}

/** Returns the code of a refusal, as the C core does. */
function codeOf(refusal: SendRefusal): number {
  return refusal === 'full' || refusal === 'keyFrameDue' ? ErrorCode.BUSY : ErrorCode.INVALID_PARAMETER;
}
