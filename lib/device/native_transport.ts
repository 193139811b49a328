import type { Transport, TransportRtt } from '../connection/index.js';
import { ErrorCode } from '../errors/index.js';
import { type NativeDevice, PEER_REQUESTS } from '../native/index.js';
import type { BitrateRange } from './device_types.js';

type PeerRequest = keyof typeof PEER_REQUESTS;
const NO_RTT: TransportRtt = { audioRttMs: 0, videoRttMs: 0, commandRttMs: 0 };

/** One connection of the native core under a PeerConnection. */
export class NativeTransport implements Transport {
  readonly #device: NativeDevice;
  readonly #connection: number;
  readonly #onRefused: () => void;

  /** `onRefused` is called soon after close() when the core does not know the connection, and so no `gone` will come. */
  constructor(device: NativeDevice, connection: number, onRefused: () => void) {
    this.#device = device;
    this.#connection = connection;
    this.#onRefused = onRefused;
  }

  sendCommand(word: number, data: Uint8Array): number {
    return this.#device.sendCommand(this.#connection, word, data);
  }

  sendFrame(frame: Parameters<Transport['sendFrame']>[0]): number {
    const head = frame.stream | (frame.media << 8) | (frame.flags << 16) | (frame.reserved << 24);
    return this.#device.sendFrame(this.#connection, head, frame.timestampMs, frame.data);
  }

  sendRequest(request: PeerRequest, stream: number): number {
    return this.#device.request(this.#connection, PEER_REQUESTS[request], stream);
  }

  answerSubscribe(request: PeerRequest, stream: number, status: number): number {
    return this.#device.answerSubscribe(this.#connection, PEER_REQUESTS[request], stream, status);
  }

  setBitrateRange(stream: number, { minBps, maxBps, startBps }: BitrateRange): number {
    return this.#device.setBitrateRange(this.#connection, stream, minBps, maxBps, startBps);
  }

  bufferedBytes(): number {
    return this.#device.bufferedBytes(this.#connection);
  }

  requestDrain(lowWaterBytes: number): void {
    this.#device.watchDrain(this.#connection, lowWaterBytes);
  }

  pauseReceiving(held: boolean): boolean {
    this.#device.hold(this.#connection, held);
    return true;
  }

  rtt(): TransportRtt {
    const times = this.#device.stats(this.#connection);
    if (typeof times === 'number') return NO_RTT;
    const [audioRttMs, videoRttMs, commandRttMs] = times;
    return { audioRttMs, videoRttMs, commandRttMs };
  }

  close(): void {
    if (this.#device.disconnect(this.#connection) === ErrorCode.INVALID_HANDLE) queueMicrotask(this.#onRefused);
  }
}
