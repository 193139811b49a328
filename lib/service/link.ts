import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ByeName } from '../errors/index.js';
import type { Clock, Timer } from '../types/index.js';
import { encodeBye } from '../wire/index.js';
import { FrameBatch } from './frame_batch.js';
import { MessageReader } from './message_reader.js';

/** How a link ended: the other end closed it or went away, was at fault or found the other side at fault, fell silent; or
 *  the service itself ended it. */
export type LinkEnd = 'closed' | 'fault' | 'silent' | 'ours';

/** The byte stream under a link; net.Socket fits, and so does a pipe in memory that counts. */
export type CountingSocket = Duplex & { readonly bytesRead?: number; readonly bytesWritten?: number };

export interface LinkHandlers {
  /** One binary message, never empty. It may be kept. */
  message(data: Uint8Array): void;
  /** Called once, and last. */
  ended(end: LinkEnd): void;
  /** After forward() returned false: there is room again. */
  writable?(): void;
}

export interface LinkSettings {
  readonly clock: Clock;
  readonly keepAliveMs: number;
  readonly silenceMs: number;
  readonly closeTimeoutMs: number;
  readonly maxQueuedBytes: number;
  readonly maxMessageBytes: number;
}

/** WebSocket close codes that say the sender found the other end at fault, docs/wire.md section 4. */
const FAULT_CODES: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1011]);

/** Until handle() is called, and after a link has failed. */
export const NO_HANDLERS: LinkHandlers = { message: () => {}, ended: () => {} };

/** One WebSocket of a device or client, from the upgrade to its end. */
export class Link {
  readonly #ws: WebSocket;
  readonly #socket: CountingSocket;
  readonly #settings: LinkSettings;
  readonly #batch = new FrameBatch();
  readonly #reader: MessageReader;
  #handlers = NO_HANDLERS;
  #ended = false;
  #faulty = false;
  #full = false;
  #closeTimer: Timer | undefined;
  #nextPingMs: number;
  #quietSinceMs: number;
  #bytesRead = 0;
  #bytesLeft = 0;
  #bytesWaited = false;

  constructor(ws: WebSocket, socket: CountingSocket, settings: LinkSettings) {
    this.#ws = ws;
    this.#socket = socket;
    this.#settings = settings;
    const nowMs = settings.clock.nowMs();
    this.#nextPingMs = nowMs + settings.keepAliveMs;
    this.#quietSinceMs = nowMs;
    this.#reader = new MessageReader({
      maxMessageBytes: settings.maxMessageBytes,
      message: (data) => this.#receive(data, true),
      rest: readInsteadOfWs(socket, (bytes) => this.#reader.push(bytes)),
    });
    ws.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    ws.on('ping', (data: Buffer) => this.#answerPing(data));
    ws.on('error', () => this.#onProtocolError());
    ws.on('close', (code: number) => this.#onClose(code));
    // ws has answered the other end's close frame and sent everything: waiting for its TCP end would keep the peer waiting.
    socket.once('finish', () => {
      if (!this.#ended) socket.destroy();
    });
  }

  get socket(): CountingSocket {
    return this.#socket;
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  /** From now on these are called. */
  handle(handlers: LinkHandlers): void {
    this.#handlers = handlers;
  }

  /** Send one message now, before what forward() collects. */
  send(message: Uint8Array): void {
    if (!this.#ended) this.#ws.send(message);
  }

  /** Send one message together with the others of this burst. Borrows it until then. Returns false when so much waits that
   *  the writer should stop until writable(). */
  forward(message: Uint8Array): boolean {
    if (this.#ended) return true;
    if (this.#batch.isEmpty) process.nextTick(() => this.#flush());
    this.#batch.add(message);
    this.#full ||= this.#batch.bytes + this.#socket.writableLength > this.#settings.maxQueuedBytes;
    return !this.#full;
  }

  /** Stop reading; the count of silence stands still. */
  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  /** Say why, after everything else, and close. */
  bye(reason: ByeName, text = ''): void {
    if (this.#ended) return;
    this.#flush();
    this.#ws.send(encodeBye(reason, text));
    this.#ws.close(1000);
    this.#finishClosing();
    this.#end('ours');
  }

  /** Cut the link without a word. */
  terminate(): void {
    this.#end('ours');
    this.#ws.terminate();
  }

  /** Ping when it is time, and end the link when its peer has been silent for too long. */
  checkLiveness(nowMs: number): void {
    if (this.#ended) return;
    if (this.#hasMoved()) this.#quietSinceMs = nowMs;
    if (nowMs - this.#quietSinceMs >= this.#settings.silenceMs) {
      this.#end('silent');
      this.#ws.terminate();
    } else if (nowMs >= this.#nextPingMs) {
      this.#nextPingMs = nowMs + this.#settings.keepAliveMs;
      if (this.#hasRoom()) this.#ws.ping();
    }
  }

  /** Whether anything says that the other end is there. Bytes that leave at once say nothing: the system takes them for a
   *  dead peer too. Bytes that had to wait and now left were made room for by the other end. */
  #hasMoved(): boolean {
    const { bytesRead = 0, bytesWritten = 0, writableLength } = this.#socket;
    const bytesLeft = bytesWritten - writableLength;
    const moved = bytesRead !== this.#bytesRead || (this.#bytesWaited && bytesLeft !== this.#bytesLeft);
    this.#bytesRead = bytesRead;
    this.#bytesLeft = bytesLeft;
    this.#bytesWaited = writableLength > 0;
    return moved || this.#ws.isPaused;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#ended) return;
    if (isBinary && data.length > 0) {
      this.#handlers.message(data);
    } else {
      this.fail(isBinary ? 'a message has no channel byte' : 'text messages are not spoken here');
    }
  }

  /** The other end broke the protocol: tell it, and its owner. */
  fail(text: string): void {
    if (this.#ended) return;
    const handlers = this.#handlers;
    this.#handlers = NO_HANDLERS;
    this.bye('protocol', text);
    handlers.ended('fault');
  }

  #answerPing(data: Buffer): void {
    if (!this.#ended && this.#hasRoom()) this.#ws.pong(data);
  }

  /** Whoever sends pings and never reads must not make pongs pile up. */
  #hasRoom(): boolean {
    return this.#socket.writableLength <= this.#settings.maxQueuedBytes;
  }

  /** ws closes the link with the right code by itself: 1002, 1007 or 1009. */
  #onProtocolError(): void {
    this.#faulty = true;
    this.#reader.stop();
    this.#finishClosing();
    this.#end('fault');
  }

  #onClose(code: number): void {
    this.#closeTimer?.cancel();
    this.#end(this.#faulty || FAULT_CODES.has(code) ? 'fault' : 'closed');
  }

  #flush(): void {
    if (this.#batch.isEmpty) return;
    const chunks = this.#batch.take();
    if (!this.#socket.writable) return;
    this.#socket.cork();
    chunks.forEach((chunk, i) => {
      // Only when something waits for room is it worth hearing that a write is done.
      if (this.#full && i === chunks.length - 1) this.#socket.write(chunk, () => this.#onWritten());
      else this.#socket.write(chunk);
    });
    this.#socket.uncork();
  }

  #onWritten(): void {
    if (!this.#full || this.#socket.writableLength > this.#settings.maxQueuedBytes / 2) return;
    this.#full = false;
    if (!this.#ended) this.#handlers.writable?.();
  }

  #finishClosing(): void {
    // A reader that is behind must not hold up the close.
    this.#ws.resume();
    this.#closeTimer ??= this.#settings.clock.startTimer(this.#settings.closeTimeoutMs, () => this.#ws.terminate());
  }

  #end(end: LinkEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handlers.ended(end);
  }
}

/** Put `take` in the place where ws listens to a socket that it has just been given. Returns how to give bytes to ws. */
function readInsteadOfWs(socket: CountingSocket, take: (bytes: Buffer) => void): (bytes: Buffer) => void {
  const wsListeners = socket.listeners('data') as ((bytes: Buffer) => void)[];
  // In this order: an event that loses its last listener makes the emitter's table a slow one, of 1 KB a socket.
  socket.on('data', take);
  for (const listener of wsListeners) socket.off('data', listener);
  // Of a socket that ends while it is paused, ws reads the last bytes by itself.
  socket.prependOnceListener('close', () => {
    const last: Buffer | null = socket.read();
    if (last !== null) take(last);
  });
  return (bytes) => {
    for (const listener of wsListeners) listener.call(socket, bytes);
  };
}
