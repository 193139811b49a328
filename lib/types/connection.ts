import type { TiRtcError } from '../errors/index.js';
import type { MediaClass } from '../wire/index.js';

/** A media frame or a message that was received. */
export interface Frame {
  /** 0 to 15. */
  readonly stream: number;
  /** The coding of `data`: a value of `MEDIA`. */
  readonly media: number;
  /** Video: bit 0 (`KEY_FRAME_FLAG`) marks a key frame, where decoding can begin. Audio: the sample format. */
  readonly flags: number;
  /** A byte that the peer set; it has no meaning here. */
  readonly reserved: number;
  /** Capture time in ms on the sender's clock; wraps at 2^32. */
  readonly timestampMs: number;
  /** Owned by the program: it stays valid and is never overwritten. Its `buffer` may hold other frames too: copy the data
   *  (`new Uint8Array(data)`) before you transfer it to a worker. */
  readonly data: Uint8Array;
}

/** A media frame to send; `media`, `stream` and `timestampMs` as in `Frame`. It is copied before the call returns. */
export interface OutgoingFrame {
  /** 0 to 15; audio and video cannot share a stream. */
  readonly stream: number;
  /** A value of `MEDIA`: audio for `sendAudio()`, video for `sendVideo()`. */
  readonly media: number;
  /** Video: bit 0 marks a key frame. Audio: the sample format. Default 0. */
  readonly flags?: number;
  /** Passed to the peer unchanged. Default 0. */
  readonly reserved?: number;
  /** Capture time in ms; taken modulo 2^32. */
  readonly timestampMs: number;
  /** The bytes to send; they may change as soon as the call has returned. */
  readonly data: Uint8Array;
}

/** A message to send: bytes of any meaning, in order with the audio of the connection. */
export type OutgoingMessage = Omit<OutgoingFrame, 'media'>;

/** A command that was received. */
export interface Command {
  /** The word as it was sent: response bit, command and sequence number in one. */
  readonly word: number;
  /** 0 to 0x7fff. */
  readonly command: number;
  /** 0 to 0xffff. */
  readonly sequenceNumber: number;
  /** Whether it answers a command that was sent from here. */
  readonly isResponse: boolean;
  /** Owned by the program, as in `Frame`. */
  readonly data: Uint8Array;
  /** Answer the command: send the same word with the response bit. Returns as `sendCommand()`. */
  reply(data?: Uint8Array | string): boolean;
}

/** A command word as tiRTC.h makes it, or its parts. */
export type CommandWord = number | { readonly command: number; readonly sequenceNumber: number };

/** The answer that a handler given to `handle()` returns. If it returns nothing and has not replied itself, the answer is
 *  empty. */
export type CommandAnswer = Uint8Array | string | undefined;
/** Answers a command. If it throws or rejects, no answer is sent and the error is emitted as `error`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement is welcome
export type CommandHandler = (command: Command) => CommandAnswer | void | Promise<CommandAnswer | void>;

/** Whether the peer may have the stream: false or a status other than 0 refuses. */
export type SubscribeAnswer = boolean | number;
/** Decides whether the peer may have a stream. If it throws or rejects, the peer is refused and the error is emitted as
 *  `error`. */
export type SubscribeHandler = (stream: number, kind: 'video' | 'audio') => SubscribeAnswer | Promise<SubscribeAnswer>;

/** `open` from the start; `closing` while queued data is sent; `closed` at the end. */
export type ConnectionState = 'open' | 'closing' | 'closed';

/** The kinds of data on a connection. */
export type TrafficKind = MediaClass | 'command';

/** The number of frames or commands of each kind, and the bytes of their payloads. */
export type TrafficByKind = Readonly<Record<TrafficKind, { readonly count: number; readonly bytes: number }>>;

/** Statistics of a connection since it opened. */
export interface ConnectionStats {
  /** End-to-end round trip time of audio in ms; 0 without a sample. */
  readonly audioRttMs: number;
  /** End-to-end round trip time of video in ms; 0 without a sample. */
  readonly videoRttMs: number;
  /** End-to-end round trip time of commands in ms; 0 without a sample. */
  readonly commandRttMs: number;
  /** What the send buffer accepted, requests and answers included. */
  readonly sent: TrafficByKind;
  /** What arrived, whether or not the program read it. */
  readonly received: TrafficByKind;
  /** Sends that threw BUSY. */
  readonly refusedSends: number;
  /** Frames for which an iterator had no room. */
  readonly droppedFrames: number;
  /** Commands for which an iterator had no room, or that arrived while 1024 handlers of `handle()` were running. */
  readonly droppedCommands: number;
}

/** The events of a connection. Listeners are called one after another on the thread that made the connection. */
export interface ConnectionEvents {
  /** A video frame arrived. */
  readonly video: (frame: Frame) => void;
  /** An audio frame arrived. */
  readonly audio: (frame: Frame) => void;
  /** A message arrived, which the peer sent with `sendMessage()`. */
  readonly message: (frame: Frame) => void;
  /** A request without a handler of `handle()`, or a response that no `request()` waits for. */
  readonly command: (command: Command) => void;
  /** The peer asks for a key frame on this stream. */
  readonly keyFrameRequested: (stream: number) => void;
  /** The peer subscribed and was accepted: start to send, with a key frame. */
  readonly subscribed: (stream: number, kind: 'video' | 'audio') => void;
  /** The peer unsubscribed: stop sending. */
  readonly unsubscribed: (stream: number, kind: 'video' | 'audio') => void;
  /** The send buffer has room again after a send returned false or threw BUSY. */
  readonly drain: () => void;
  /** The last event, emitted once. `error` is undefined after a `close()` of this side. */
  readonly closed: (error: TiRtcError | undefined) => void;
  /** A listener or handler threw or rejected. Without a listener, the error is written to the console. */
  readonly error: (error: unknown) => void;
}

/** The device to connect to. */
export interface ConnectTarget {
  /** `id`, `device://id`, `whip://id` or `whips://id`. After whip(s)://, the id ends at ? or /, and the service shows the
   *  rest (at most 255 bytes). */
  readonly remoteId: string;
  /** A one-time token for this remote id, as the backend issued it. Without a token, the ticket of an earlier connect is
   *  used. */
  readonly token?: string;
  /** The longest time this connect may take, in ms. Default: `connectTimeoutMs` of the client or device, which is 10000
   *  unless set. */
  readonly timeoutMs?: number;
  /** Ends the attempt; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How long to wait for the peer. */
export interface RequestOptions {
  /** The promise rejects with TIMEOUTED after this many ms. Default 10000. */
  readonly timeoutMs?: number;
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The buffer of an iterator. When either limit is reached, new data is dropped and counted in `stats()`: audio, messages
 *  and commands one by one; video of a stream until its next key frame for which there is room, so that the rest can be
 *  decoded. */
export interface IteratorOptions {
  /** Default 256. */
  readonly maxItems?: number;
  /** Default 4 MiB. One item always fits. */
  readonly maxBytes?: number;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
}

/** The same for the frames of one stream or of all. */
export interface FrameIteratorOptions extends IteratorOptions {
  /** Only frames of this stream. Default: all streams. */
  readonly stream?: number;
}

/** A connection to one peer. The interface is the same over the native core and over a WebSocket.
 *
 *  Sends never wait. They return true, or false when the program should wait for `drain`. Data that does not fit throws a
 *  TiRtcError with code BUSY, after which a video stream needs a key frame. After the connection has ended, sends throw
 *  the error that ended it. */
export interface Connection extends AsyncDisposable {
  /** The id of the device that was called, or the subject of the caller's token. */
  readonly remoteId: string;
  /** Whether the connection can be used. */
  readonly state: ConnectionState;
  /** The error that ended the connection; undefined while it is open and after `close()`. */
  readonly error: TiRtcError | undefined;
  /** The bytes that are queued and that the network has not yet accepted. */
  readonly bufferedBytes: number;

  /** Call `listener` with each event of this name. What it throws, or its promise rejects with, is emitted as `error`. */
  on<Name extends keyof ConnectionEvents>(name: Name, listener: ConnectionEvents[Name]): this;
  /** Call `listener` with the next event of this name only. */
  once<Name extends keyof ConnectionEvents>(name: Name, listener: ConnectionEvents[Name]): this;
  /** Remove a listener that `on()` or `once()` added. */
  off<Name extends keyof ConnectionEvents>(name: Name, listener: ConnectionEvents[Name]): this;

  /** Send a command. Words below 0x2000 belong to the SDK and throw INVALID_PARAMETER. */
  sendCommand(word: CommandWord, data?: Uint8Array | string): boolean;
  /** Send a command and wait for its answer. Rejects with TIMEOUTED, with the signal's reason, or with the error that
   *  ended the connection. */
  request(command: number, data?: Uint8Array | string, options?: RequestOptions): Promise<Command>;
  /** Answer a command with what `handler` returns. A command has at most one handler; the returned function removes it. */
  handle(command: number, handler: CommandHandler): () => void;

  /** Send a video frame. The first frame of a stream must be a key frame, and so must the next one after a frame that did
   *  not fit; other frames throw BUSY until then. */
  sendVideo(frame: OutgoingFrame): boolean;
  /** Send an audio frame. */
  sendAudio(frame: OutgoingFrame): boolean;
  /** Send a message. */
  sendMessage(message: OutgoingMessage): boolean;

  /** Ask the peer for a key frame. */
  requestKeyFrame(stream: number): void;
  /** Subscribe to a video stream. Resolves when the peer accepts. Rejects with SUBSCRIBE_REFUSED when the peer refuses,
   *  with TIMEOUTED, with the signal's reason, or with the error that ended the connection. */
  subscribeVideo(stream: number, options?: RequestOptions): Promise<void>;
  /** Subscribe to an audio stream, as `subscribeVideo()`. */
  subscribeAudio(stream: number, options?: RequestOptions): Promise<void>;
  /** Unsubscribe from a video stream. Frames that are already on their way still arrive. */
  unsubscribeVideo(stream: number): void;
  /** Unsubscribe from an audio stream, as `unsubscribeVideo()`. */
  unsubscribeAudio(stream: number): void;
  /** Decide whether the peer may subscribe; by default it may. There is one handler: a new one replaces it, and undefined
   *  restores the default. */
  onSubscribe(handler: SubscribeHandler | undefined): void;

  /** Iterate over the frames that arrive from now on. Ends when either side closes; throws when the connection breaks. */
  frames(kind: MediaClass, options?: FrameIteratorOptions): AsyncIterableIterator<Frame>;
  /** Iterate over the commands that are also emitted as `command`, as `frames()`. */
  commands(options?: IteratorOptions): AsyncIterableIterator<Command>;

  /** Stop receiving until the returned function is called: new data waits at the peer, which slows it down. Answers to
   *  requests wait too. Data that was already received is still delivered (at most 4 MiB for all connections together).
   *  With several callers, receiving resumes when the last one has called its function. Throws INVALID_PARAMETER over a
   *  browser's WebSocket, which cannot wait. */
  pauseReceiving(): () => void;

  /** Return the statistics of the connection. */
  stats(): ConnectionStats;
  /** Send queued data for at most 500 ms, then hang up. Resolves when the connection is gone; further calls return the same
   *  promise. */
  close(): Promise<void>;
}
