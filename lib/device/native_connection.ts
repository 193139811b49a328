import {
  checkKind,
  checkStream,
  PeerConnection,
  type PeerConnectionOptions,
  type SendRefusal,
  type Transport,
  type TransportRtt,
} from '../connection/index.js';
import { ErrorCode, errorFromNumber, inspectForError, invalidParameter, refuseUnknownKeys } from '../errors/index.js';
import { EVENT, type NativeDevice, PEER_REQUESTS, type PeerRequest, REFUSALS } from '../native/index.js';
import type { MediaClass } from '../types/index.js';
import type { BitrateHandler, BitrateRange, DeviceConnection, LentFrame, LentFrames } from './device_types.js';
import type { EventReader, FrameRun } from './event_reader.js';

const MAX_BPS = 0xffff_ffff;

/** The most calls of a handler before the loop checks the clock. */
const FRAMES_A_RUN = 32;
const KINDS: Readonly<Record<MediaClass, number>> = { audio: EVENT.audio, video: EVENT.video, message: EVENT.message };

/** The handler of lent frames of one kind. */
interface Borrower {
  readonly kind: MediaClass;
  readonly borrow: (frames: FrameRun) => void;
}

interface NativeConnectionOptions extends PeerConnectionOptions {
  readonly transport: NativeTransport;
  /** Keeps the process alive until the returned function is called. */
  readonly hold: () => () => void;
}

/** A connection of the native core, with the features that only the core has. */
export class NativeConnection extends PeerConnection implements DeviceConnection {
  readonly #transport: NativeTransport;
  readonly #hold: () => () => void;
  #closing: Promise<void> | undefined;
  readonly #bitrateHandlers = new Map<number, BitrateHandler>();
  /** By the EVENT number of the kind. */
  readonly #borrowers = new Map<number, Borrower>();

  constructor(options: NativeConnectionOptions) {
    super(options);
    this.#transport = options.transport;
    this.#hold = options.hold;
  }

  /** Keeps the process alive while the program waits for the connection to close. */
  override close(): Promise<void> {
    this.#closing ??= super.close().finally(this.#hold());
    return this.#closing;
  }

  recommendBitrate(stream: number, range: BitrateRange, handler: BitrateHandler): void {
    checkStream(stream);
    checkRange(range);
    if (typeof handler !== 'function') {
      throw invalidParameter(
        `the bit rate handler of stream ${stream} must be a function`,
        'give a function of a rate in bit/s',
      );
    }
    this.checkOpen();
    const code = this.#transport.setBitrateRange(stream, range);
    if (code < 0) {
      throw errorFromNumber(code, `no bit rates for stream ${stream} of the connection to "${this.remoteId}"`);
    }
    this.#bitrateHandlers.set(stream, handler);
  }

  lendFrames(kind: MediaClass, handler: ((frame: LentFrame) => void) | undefined): void {
    this.#lend(kind, handler, (give) => (frames) => {
      const borrower = this.#borrowers.get(KINDS[kind]);
      const call = (): void => give(frames);
      let remaining = FRAMES_A_RUN;
      do this.guard(call);
      while (
        --remaining > 0 &&
        this.state === 'open' &&
        this.#borrowers.get(KINDS[kind]) === borrower &&
        frames.next()
      );
    });
  }

  lendBatches(kind: MediaClass, handler: ((frames: LentFrames) => void) | undefined): void {
    this.#lend(kind, handler, (give) => (frames) => {
      this.guard(() => give(frames));
      frames.drop();
    });
  }

  /** Lends this frame, and possibly more of the same kind after it, to the handler. Returns false if there is no handler. */
  deliverLent(event: EventReader): boolean {
    const borrower = this.#borrowers.get(event.kind);
    if (borrower === undefined) return false;
    if (this.state === 'open') {
      const { frames } = event;
      frames.lend(borrower.borrow);
      this.countReceived(borrower.kind, frames.count, frames.bytes);
    }
    return true;
  }

  #lend<Handler>(
    kind: MediaClass,
    handler: Handler | undefined,
    borrow: (handler: Handler) => (frames: FrameRun) => void,
  ): void {
    checkKind('lending frames', kind);
    if (handler === undefined) this.#borrowers.delete(KINDS[kind]);
    else if (typeof handler === 'function') this.#borrowers.set(KINDS[kind], { kind, borrow: borrow(handler) });
    else throw invalidParameter(`the handler of lent ${kind} frames must be a function`, 'give a function of a frame');
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
    `the bit rate range is minBps ${inspectForError(minBps)}, startBps ${inspectForError(startBps)}, maxBps ${inspectForError(maxBps)}`,
    `use integers in bit/s with 0 < minBps <= startBps <= maxBps <= ${MAX_BPS}`,
  );
}

const NO_RTT: TransportRtt = { audioRttMs: 0, videoRttMs: 0, commandRttMs: 0 };

/** The transport of a PeerConnection over the native core. */
export class NativeTransport implements Transport {
  readonly #device: NativeDevice;
  readonly #connection: number;
  readonly #onUnknown: () => void;

  /** Calls `onUnknown` soon after close() if the core does not know the connection, so that it emits no `gone`. */
  constructor(device: NativeDevice, connection: number, onUnknown: () => void) {
    this.#device = device;
    this.#connection = connection;
    this.#onUnknown = onUnknown;
  }

  sendCommand(word: number, data: Uint8Array): number {
    return this.#device.sendCommand(this.#connection, word, data);
  }

  sendFrame(frame: Parameters<Transport['sendFrame']>[0]): number {
    const head = frame.stream | (frame.media << 8) | (frame.flags << 16) | (frame.reserved << 24);
    return this.#device.sendFrame(this.#connection, head, frame.timestampMs, frame.data);
  }

  refusal(): SendRefusal | undefined {
    return REFUSALS[this.#device.refusal()];
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

  pauseReceiving(isPaused: boolean): boolean {
    this.#device.pause(this.#connection, isPaused);
    return true;
  }

  rtt(): TransportRtt {
    const times = this.#device.stats(this.#connection);
    if (typeof times === 'number') return NO_RTT;
    const [audioRttMs, videoRttMs, commandRttMs] = times;
    return { audioRttMs, videoRttMs, commandRttMs };
  }

  close(): void {
    if (this.#device.disconnect(this.#connection) === ErrorCode.INVALID_HANDLE) queueMicrotask(this.#onUnknown);
  }
}
