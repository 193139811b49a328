import { PeerConnection, type Transport, type TransportRtt } from '../../lib/connection/index.js';
import { ErrorCode } from '../../lib/errors/index.js';
import type { Clock } from '../../lib/types/index.js';
import type { FrameBody, PeerRequest, SubscribeRequest } from '../../lib/wire/index.js';

const CAPACITY_BYTES = 1024 * 1024;

type Delivery = { readonly bytes: number; readonly deliver: (peer: PeerConnection) => void };

/** One end of a pair in memory. Sent data waits until `flow()`, or is delivered in a microtask while flowing. */
export class MemoryTransport implements Transport {
  readonly #queue: Delivery[] = [];
  #peer: PeerConnection | undefined;
  #own: PeerConnection | undefined;
  #queuedBytes = 0;
  #lowWaterBytes: number | undefined;
  #flowing = true;
  closeCalls = 0;

  attach(own: PeerConnection, peer: PeerConnection): void {
    this.#own = own;
    this.#peer = peer;
  }

  hold(): void {
    this.#flowing = false;
  }

  flow(): void {
    this.#flowing = true;
    this.#deliverAll();
  }

  sendCommand(word: number, data: Uint8Array): number {
    const copy = data.slice();
    return this.#send(4 + copy.length, (peer) => peer.deliverCommand(word, copy));
  }

  sendFrame(frame: FrameBody): number {
    const copy = { ...frame, data: frame.data.slice() };
    return this.#send(12 + copy.data.length, (peer) => peer.deliverFrame(copy));
  }

  refusal(): 'full' {
    return 'full';
  }

  sendRequest(request: PeerRequest, stream: number): number {
    return Math.min(
      0,
      this.#send(5, (peer) => peer.deliverRequest(request, stream)),
    );
  }

  answerSubscribe(request: SubscribeRequest, stream: number, status: number): number {
    return Math.min(
      0,
      this.#send(9, (peer) => peer.deliverSubscribeAnswer(request, stream, status)),
    );
  }

  bufferedBytes(): number {
    return this.#queuedBytes;
  }

  requestDrain(lowWaterBytes: number): void {
    this.#lowWaterBytes = lowWaterBytes;
  }

  pauseReceiving(): boolean {
    return false;
  }

  rtt(): TransportRtt {
    return { audioRttMs: 0, videoRttMs: 0, commandRttMs: 7 };
  }

  close(): void {
    this.closeCalls += 1;
    queueMicrotask(() => this.#own?.deliverClosed());
  }

  #send(bytes: number, deliver: Delivery['deliver']): number {
    if (this.#queuedBytes + bytes > CAPACITY_BYTES) return ErrorCode.BUSY;
    this.#queue.push({ bytes, deliver });
    this.#queuedBytes += bytes;
    queueMicrotask(() => this.#deliverAll());
    return bytes;
  }

  #deliverAll(): void {
    while (this.#flowing && this.#peer !== undefined) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#queuedBytes -= next.bytes;
      next.deliver(this.#peer);
    }
    if (this.#lowWaterBytes !== undefined && this.#queuedBytes <= this.#lowWaterBytes) {
      this.#lowWaterBytes = undefined;
      this.#own?.deliverDrain();
    }
  }
}

export interface MemoryPair {
  readonly left: PeerConnection;
  readonly right: PeerConnection;
  readonly leftTransport: MemoryTransport;
  readonly rightTransport: MemoryTransport;
}

/** Returns two connections to each other. */
export function memoryPair(clock?: Clock): MemoryPair {
  const leftTransport = new MemoryTransport();
  const rightTransport = new MemoryTransport();
  const time = clock === undefined ? {} : { clock };
  const left = new PeerConnection({ remoteId: 'right', transport: leftTransport, ...time });
  const right = new PeerConnection({ remoteId: 'left', transport: rightTransport, ...time });
  leftTransport.attach(left, right);
  rightTransport.attach(right, left);
  return { left, right, leftTransport, rightTransport };
}
