import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ByeName } from '../errors/index.js';
import type { Clock, Timer } from '../types/index.js';
import { encodeBye, MAX_UNPROVEN_MESSAGE_BYTES } from '../wire/index.js';
import { FrameBatch } from './frame_batch.js';
import { type MessageFault, MessageReader } from './message_reader.js';

/** How a link ended. `closed`: the other end closed it or vanished; `fault`: one end broke the protocol, as far as the other
 *  could tell; `silent`: the other end fell silent; `ours`: the service ended it. */
export type LinkEnd = 'closed' | 'fault' | 'silent' | 'ours';

/** The byte stream under a link: a net.Socket, or a socket in memory that counts its bytes. */
export type CountingSocket = Duplex & { readonly bytesRead?: number; readonly bytesWritten?: number };

export interface LinkHandlers {
  /** One binary message, never empty. It may be kept. */
  message(data: Uint8Array): void;
  /** The link ended. Called once, as the last of all. */
  ended(end: LinkEnd): void;
  /** There is room again after forward() returned false. */
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

/** WebSocket close codes by which the sender reports a fault of its peer, docs/wire.md section 4. */
const FAULT_CODES: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1011]);

const MESSAGE_FAULTS = {
  'too large': { code: 1009, text: 'a message is too large' },
  interleaved: { code: 1002, text: 'a message begins inside another one' },
} as const;

/** The handlers of a link before handle() is called, and after fail(). */
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
  #silentSinceMs: number;
  #bytesRead = 0;
  #bytesSent = 0;
  #bytesWaited = false;

  constructor(ws: WebSocket, socket: CountingSocket, settings: LinkSettings) {
    this.#ws = ws;
    this.#socket = socket;
    this.#settings = settings;
    const nowMs = settings.clock.nowMs();
    this.#nextPingMs = nowMs + settings.keepAliveMs;
    this.#silentSinceMs = nowMs;
    this.#reader = new MessageReader({
      maxMessageBytes: Math.min(settings.maxMessageBytes, MAX_UNPROVEN_MESSAGE_BYTES),
      message: (data) => this.#receive(data),
      fault: (fault) => this.#onMessageFault(fault),
      rest: readInsteadOfWs(socket, (bytes) => this.#reader.push(bytes)),
    });
    ws.on('ping', (data: Buffer) => this.#answerPing(data));
    ws.on('error', () => this.#onProtocolError());
    ws.on('close', (code: number) => this.#onClose(code));
    // The peer closed, and ws has answered: end the TCP connection at once, because the peer waits for that.
    socket.once('finish', () => {
      if (!this.#ended) socket.destroy();
    });
  }

  get socket(): CountingSocket {
    return this.#socket;
  }

  /** Call these handlers from now on. */
  handle(handlers: LinkHandlers): void {
    this.#handlers = handlers;
  }

  /** Accept messages of the full size from now on, because the other end has proven itself. */
  trust(): void {
    this.#reader.limit(this.#settings.maxMessageBytes);
  }

  /** Send one message now, before what forward() collects. */
  send(message: Uint8Array): void {
    if (!this.#ended) this.#ws.send(message);
  }

  /** Send one message together with the others of this tick; borrows it until then. Returns false when the writer should stop
   *  until writable(), because too many bytes wait. */
  forward(message: Uint8Array): boolean {
    if (this.#ended) return true;
    if (this.#batch.isEmpty) process.nextTick(() => this.#flush());
    this.#batch.add(message);
    this.#full ||= this.#batch.bytes + this.#socket.writableLength > this.#settings.maxQueuedBytes;
    return !this.#full;
  }

  /** Stop reading. A link that is not read cannot fall silent. */
  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  /** Send a bye behind everything else, and close. */
  bye(reason: ByeName, text = ''): void {
    if (this.#ended) return;
    this.#flush();
    this.#ws.send(encodeBye(reason, text));
    this.#ws.close(1000);
    this.#finishClosing();
    this.#end('ours');
  }

  /** Cut the link without a bye. */
  terminate(): void {
    this.#end('ours');
    this.#ws.terminate();
  }

  /** Ping when it is time, and end the link when its peer has been silent for too long. */
  checkLiveness(nowMs: number): void {
    if (this.#ended) return;
    if (this.#showsLife()) this.#silentSinceMs = nowMs;
    if (nowMs - this.#silentSinceMs >= this.#settings.silenceMs) {
      this.#end('silent');
      this.#ws.terminate();
    } else if (nowMs >= this.#nextPingMs) {
      this.#nextPingMs = nowMs + this.#settings.keepAliveMs;
      if (this.#hasRoom()) this.#ws.ping();
    }
  }

  /** Whether there is a sign of life of the other end. Bytes that leave at once are not one: the system accepts them for a
   *  dead peer, too. Bytes that had to wait and then left are one: the other end made room for them. */
  #showsLife(): boolean {
    const { bytesRead = 0, bytesWritten = 0, writableLength } = this.#socket;
    const bytesSent = bytesWritten - writableLength;
    const hasMoved = bytesRead !== this.#bytesRead || (this.#bytesWaited && bytesSent !== this.#bytesSent);
    this.#bytesRead = bytesRead;
    this.#bytesSent = bytesSent;
    this.#bytesWaited = writableLength > 0;
    return hasMoved || this.#ws.isPaused;
  }

  #receive(data: Buffer): void {
    if (this.#ended) return;
    if (data.length > 0) this.#handlers.message(data);
    else this.fail('a message has no channel byte');
  }

  #onMessageFault(fault: MessageFault): void {
    if (fault === 'text') {
      this.fail('text messages are not allowed');
      return;
    }
    const { code, text } = MESSAGE_FAULTS[fault];
    this.#ws.close(code, text);
    this.#onProtocolError();
    this.#socket.end();
  }

  /** The other end broke the protocol: send a bye, and report the fault to the owner of the link. */
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

  /** Whether a ping or pong may be sent: they must not pile up for a peer that sends pings and never reads. */
  #hasRoom(): boolean {
    return this.#socket.writableLength <= this.#settings.maxQueuedBytes;
  }

  /** The link has been closed with the right code: by ws with 1002, or with 1002 or 1009 for a message. */
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
      // The end of a write matters only when a writer waits for room.
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
    this.#reader.discard();
    // A paused link would never read the close frame of the other end.
    this.#ws.resume();
    this.#closeTimer ??= this.#settings.clock.startTimer(this.#settings.closeTimeoutMs, () => this.#ws.terminate());
  }

  #end(end: LinkEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handlers.ended(end);
  }
}

/** Replace the data listeners of ws on a socket with `take`. Returns a function that gives bytes to ws. */
function readInsteadOfWs(socket: CountingSocket, take: (bytes: Buffer) => void): (bytes: Buffer) => void {
  const wsListeners = socket.listeners('data') as ((bytes: Buffer) => void)[];
  // Add before removing: an event that loses its last listener turns the emitter's table into a slow one of 1 KB per socket.
  socket.on('data', take);
  for (const listener of wsListeners) socket.off('data', listener);
  // If a socket ends while it is paused, ws reads the last bytes itself.
  socket.prependOnceListener('close', () => {
    const last: Buffer | null = socket.read();
    if (last !== null) take(last);
  });
  return (bytes) => {
    for (const listener of wsListeners) listener.call(socket, bytes);
  };
}
