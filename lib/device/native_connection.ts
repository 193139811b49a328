import { checkStream, PeerConnection, type PeerConnectionOptions } from '../connection/index.js';
import { errorFromNumber, invalidParameter } from '../errors/index.js';
import { refuseUnknownKeys } from '../errors/unknown_keys.js';
import type { BitrateHandler, BitrateRange, DeviceConnection } from './device_types.js';
import type { NativeTransport } from './native_transport.js';

const MAX_BPS = 0xffff_ffff;

interface NativeConnectionOptions extends PeerConnectionOptions {
  readonly transport: NativeTransport;
  /** Keep the process alive until as many calls of `release`. */
  readonly hold: () => void;
  readonly release: () => void;
}

/** A connection of the native core, with what only the core can do. */
export class NativeConnection extends PeerConnection implements DeviceConnection {
  readonly #transport: NativeTransport;
  readonly #hold: () => void;
  readonly #release: () => void;
  #closing: Promise<void> | undefined;
  readonly #bitrateHandlers = new Map<number, BitrateHandler>();

  constructor(options: NativeConnectionOptions) {
    super(options);
    this.#transport = options.transport;
    this.#hold = options.hold;
    this.#release = options.release;
  }

  /** A program that waits for the end of a connection has not finished. */
  override close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#hold();
      this.#closing = super.close().finally(this.#release);
    }
    return this.#closing;
  }

  recommendBitrate(stream: number, range: BitrateRange, handler: BitrateHandler): void {
    checkStream(stream);
    checkRange(range);
    if (typeof handler !== 'function') {
      throw invalidParameter(`the bit rate handler of stream ${stream} is no function`, 'give one that takes bit/s');
    }
    this.checkOpen();
    const code = this.#transport.setBitrateRange(stream, range);
    if (code < 0) {
      throw errorFromNumber(code, `no bit rates for stream ${stream} of the connection to "${this.remoteId}"`);
    }
    this.#bitrateHandlers.set(stream, handler);
  }

  deliverBitrate(stream: number, bps: number): void {
    const handler = this.#bitrateHandlers.get(stream);
    if (handler !== undefined && this.state === 'open') this.guard(() => handler(bps));
  }
}

function checkRange(range: BitrateRange): void {
  refuseUnknownKeys('a bit rate range', range, ['minBps', 'maxBps', 'startBps']);
  const { minBps, maxBps, startBps } = range;
  const isWhole = [minBps, maxBps, startBps].every(Number.isInteger);
  if (isWhole && minBps > 0 && minBps <= startBps && startBps <= maxBps && maxBps <= MAX_BPS) return;
  throw invalidParameter(
    `the bit rate range is minBps ${minBps}, startBps ${startBps}, maxBps ${maxBps}`,
    `use whole numbers of bit/s with 0 < minBps <= startBps <= maxBps <= ${MAX_BPS}`,
  );
}
