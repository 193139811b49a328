import type { TiRtcError } from '../errors/index.js';
import type { Connection, Frame } from '../types/index.js';
import type { FrameBody, PeerRequest, SubscribeRequest } from '../wire/index.js';

/** What carries a PeerConnection: the native core, a WebSocket, or a pair in memory. It owns the rules of sending
 *  (tirtc_connection_send_* in tirtc_device.h states them); PeerConnection checks only what is wrong by type or range.
 *
 *  Every send copies what it is given, never waits, and returns as the C function of that name: bytes queued or 0, or a
 *  negative TIRTC_E_* number. After the transport failed it returns that failure's number. */
export interface Transport {
  /** `word` is not below 0x2000. */
  sendCommand(word: number, data: Uint8Array): number;
  sendFrame(frame: FrameBody): number;
  sendRequest(request: PeerRequest, stream: number): number;
  /** Answer what deliverSubscribe() brought; status 0 accepts. */
  answerSubscribe(request: SubscribeRequest, stream: number, status: number): number;
  /** Bytes queued and not yet taken by the network. */
  bufferedBytes(): number;
  /** Call deliverDrain() once, as soon as bufferedBytes() is at or below `lowWaterBytes`. Asked again only after that. */
  requestDrain(lowWaterBytes: number): void;
  /** Deliver no commands and frames and read no more, or go on. False when this transport cannot. */
  pauseReceiving(held: boolean): boolean;
  /** Round trips in ms, 0 without a sample. */
  rtt(): TransportRtt;
  /** Send what is queued for at most 500 ms, hang up, then call deliverClosed(). Called at most once; also after
   *  deliverFailed(), to give back what the link still holds. */
  close(): void;
}

export interface TransportRtt {
  readonly audioRttMs: number;
  readonly videoRttMs: number;
  readonly commandRttMs: number;
}

/** What a transport tells its PeerConnection, in the order it happened and never from inside a call of Transport. Nothing
 *  throws: handlers that do are reported as `error` events. */
export interface TransportSink {
  /** `data` must stay valid for good: a copy, or a slab that is not used again. */
  deliverCommand(word: number, data: Uint8Array): void;
  deliverFrame(frame: Frame): void;
  /** What the peer asks for; the PeerConnection answers a subscribe with Transport.answerSubscribe(). */
  deliverRequest(request: PeerRequest, stream: number): void;
  /** The peer's answer to a subscribe of ours. */
  deliverSubscribeAnswer(request: SubscribeRequest, stream: number, status: number): void;
  deliverDrain(): void;
  /** The connection broke or the peer closed. At most once; the PeerConnection calls Transport.close() by itself. */
  deliverFailed(error: TiRtcError): void;
  /** Answers Transport.close(). */
  deliverClosed(): void;
}

/** Hears what connections have to tell those who watch the whole process: logs, diagnostics, metrics. All of it is rare. */
export interface ConnectionObserver {
  /** A frame or command found no room, or a command no handler that was free; `stats()` has the count. */
  dropped(connection: Connection): void;
  /** A handler of the program failed. True when somebody was told, and so the console need not be. */
  handlerFailed(connection: Connection, error: unknown): boolean;
  /** The last of it. */
  closed(connection: Connection): void;
}

export const NO_OBSERVER: ConnectionObserver = {
  dropped: () => {},
  handlerFailed: () => false,
  closed: () => {},
};
