import type { TiRtcError } from '../errors/index.js';
import type { Connection, Frame } from '../types/index.js';
import type { FrameBody, PeerRequest, SubscribeRequest } from '../wire/index.js';

/** The carrier of a PeerConnection: the native core, a WebSocket, or a pair in memory. It enforces the rules of sending
 *  (tirtc_connection_send_* in tirtc_device.h); PeerConnection only checks types and ranges.
 *
 *  Every send copies its data, never waits, and returns as the C function of the same name: the bytes queued or 0, or a
 *  negative TIRTC_E_* number. After the transport failed, it returns the number of that failure. */
export interface Transport {
  /** `word` is not below 0x2000. */
  sendCommand(word: number, data: Uint8Array): number;
  sendFrame(frame: FrameBody): number;
  /** Returns why the last sendCommand() or sendFrame() that returned INVALID_PARAMETER or BUSY was refused. */
  refusal(): SendRefusal | undefined;
  sendRequest(request: PeerRequest, stream: number): number;
  /** Answer a subscribe that deliverRequest() delivered; status 0 accepts. */
  answerSubscribe(request: SubscribeRequest, stream: number, status: number): number;
  /** The bytes that are queued and that the network has not yet accepted. */
  bufferedBytes(): number;
  /** Call deliverDrain() once, as soon as bufferedBytes() is at most `lowWaterBytes`. Not called again before that. */
  requestDrain(lowWaterBytes: number): void;
  /** Stop (`isPaused`) or resume reading and the delivery of commands and frames. Returns false if this transport cannot. */
  pauseReceiving(isPaused: boolean): boolean;
  /** Round trip times in ms; 0 without a sample. */
  rtt(): TransportRtt;
  /** Send queued data for at most 500 ms, hang up, then call deliverClosed(). Called at most once; also after
   *  deliverFailed(), to free the link. */
  close(): void;
}

/** `otherMedium`: the stream carries the other of audio and video. `sendBuffer`, `peerLimit`: larger than the send buffer, or
 *  than the peer accepts. `full`: there is no room now. `keyFrameDue`: the stream must continue with a key frame. */
export type SendRefusal = 'otherMedium' | 'sendBuffer' | 'peerLimit' | 'full' | 'keyFrameDue';

export interface TransportRtt {
  readonly audioRttMs: number;
  readonly videoRttMs: number;
  readonly commandRttMs: number;
}

/** Receives the events of a transport, in order and never during a call of Transport. No method throws: what a handler
 *  throws is emitted as `error`. */
export interface TransportSink {
  /** `data` must stay valid: a copy, or memory that is not reused. */
  deliverCommand(word: number, data: Uint8Array): void;
  deliverFrame(frame: Frame): void;
  /** A request of the peer; the PeerConnection answers a subscribe with Transport.answerSubscribe(). */
  deliverRequest(request: PeerRequest, stream: number): void;
  /** The peer's answer to a subscribe of this side. */
  deliverSubscribeAnswer(request: SubscribeRequest, stream: number, status: number): void;
  deliverDrain(): void;
  /** The connection broke or the peer closed it. Called at most once; the PeerConnection calls Transport.close() itself. */
  deliverFailed(error: TiRtcError): void;
  /** Answers Transport.close(). */
  deliverClosed(): void;
}

/** Receives the events of connections for logs, diagnostics and metrics. They are rare. */
export interface ConnectionObserver {
  /** A frame or command was dropped; `stats()` has the counts. */
  dropped(connection: Connection): void;
  /** A handler of the program failed. Returns true if the error was logged, so that it need not go to the console. */
  handlerFailed(connection: Connection, error: unknown): boolean;
  /** The last event of the connection. */
  closed(connection: Connection): void;
}

export const NO_OBSERVER: ConnectionObserver = {
  dropped: () => {},
  handlerFailed: () => false,
  closed: () => {},
};
