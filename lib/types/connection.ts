import type { TiRtcError } from '../errors/index.js';
import type { MediaClass } from '../wire/index.js';

/** A media frame or message as it arrived. */
export interface Frame {
  /** 0..15. */
  readonly stream: number;
  /** A value of `MEDIA`: what `data` is coded as. */
  readonly media: number;
  /** Video: bit 0 (`KEY_FRAME_FLAG`) says that decoding can begin here. Audio: the sample format. */
  readonly flags: number;
  /** Of no meaning here; as the peer gave it. */
  readonly reserved: number;
  /** Capture time in ms of the sender's clock; wraps at 2^32. */
  readonly timestampMs: number;
  /** Yours: it stays valid for good, and nothing is written into it any more. Its `buffer` may hold other frames too:
   *  before it is transferred to a worker, copy it (`new Uint8Array(data)`). */
  readonly data: Uint8Array;
}

/** A media frame to send; `media`, `stream` and `timestampMs` as in `Frame`. Copied before the call returns. */
export interface OutgoingFrame {
  /** 0..15; sound and pictures cannot share one. */
  readonly stream: number;
  /** A value of `MEDIA`: audio for `sendAudio()`, video for `sendVideo()`. */
  readonly media: number;
  /** Video: bit 0 is the key frame. Audio: the sample format. Default 0. */
  readonly flags?: number;
  /** Carried to the peer as it is. Default 0. */
  readonly reserved?: number;
  /** Capture time in ms; taken modulo 2^32. */
  readonly timestampMs: number;
  /** What is sent; it may be changed as soon as the call returned. */
  readonly data: Uint8Array;
}

/** A message to send: bytes of any meaning, in order with the audio of the connection. */
export type OutgoingMessage = Omit<OutgoingFrame, 'media'>;

/** A command as it arrived. */
export interface Command {
  /** As it travelled: response bit, command and sequence number in one. */
  readonly word: number;
  /** 0..0x7fff. */
  readonly command: number;
  /** 0..0xffff. */
  readonly sequenceNumber: number;
  /** It answers a command of ours. */
  readonly isResponse: boolean;
  /** As that of a `Frame`. */
  readonly data: Uint8Array;
  /** Answer it: the same word with the response bit. Returns as `sendCommand`. */
  reply(data?: Uint8Array | string): boolean;
}

/** A command word as tiRTC.h makes it, or its parts. */
export type CommandWord = number | { readonly command: number; readonly sequenceNumber: number };

/** What a handler given to `handle()` may return: the answer, or nothing when it replied itself or wants an empty
 *  answer. */
export type CommandAnswer = Uint8Array | string | undefined;
/** Answers a command. When it throws or rejects there is no answer, and the error comes as the event `error`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement is welcome
export type CommandHandler = (command: Command) => CommandAnswer | void | Promise<CommandAnswer | void>;

/** Whether the peer may have the stream: false or a non-zero status refuses. */
export type SubscribeAnswer = boolean | number;
/** Decides who may have a stream. When it throws or rejects the peer is refused, and the error comes as the event
 *  `error`. */
export type SubscribeHandler = (stream: number, kind: 'video' | 'audio') => SubscribeAnswer | Promise<SubscribeAnswer>;

/** `open` from the start; `closing` while what was queued is sent; `closed` for good. */
export type ConnectionState = 'open' | 'closing' | 'closed';

/** What travels on a connection. */
export type TrafficKind = MediaClass | 'command';

/** How many, and the bytes of their payloads. */
export type TrafficByKind = Readonly<Record<TrafficKind, { readonly count: number; readonly bytes: number }>>;

/** Figures of a connection, from its beginning. */
export interface ConnectionStats {
  /** Round trip of audio, end to end in ms; 0 without a sample. */
  readonly audioRttMs: number;
  /** The same of video. */
  readonly videoRttMs: number;
  /** The same of commands. */
  readonly commandRttMs: number;
  /** Taken by the send buffer, requests and answers included. */
  readonly sent: TrafficByKind;
  /** Arrived, whoever took it. */
  readonly received: TrafficByKind;
  /** Sends that threw BUSY. */
  readonly refusedSends: number;
  /** Frames that an iterator had no room for. */
  readonly droppedFrames: number;
  /** Commands that an iterator had no room for, or that found 1024 answers of `handle()` under way. */
  readonly droppedCommands: number;
}

/** What a connection tells. Handlers are called one after another on the thread that made the connection. */
export interface ConnectionEvents {
  /** A video frame. */
  readonly video: (frame: Frame) => void;
  /** An audio frame. */
  readonly audio: (frame: Frame) => void;
  /** What the peer sent by `sendMessage()`. */
  readonly message: (frame: Frame) => void;
  /** Requests that no handle() takes, and responses that no request() waits for. */
  readonly command: (command: Command) => void;
  /** The peer wants a key frame on this stream. */
  readonly keyFrameRequested: (stream: number) => void;
  /** The peer subscribed and was accepted: begin to send, with a key frame. */
  readonly subscribed: (stream: number, kind: 'video' | 'audio') => void;
  /** The peer has enough: stop sending. */
  readonly unsubscribed: (stream: number, kind: 'video' | 'audio') => void;
  /** After a send returned false or threw BUSY: there is room again. */
  readonly drain: () => void;
  /** Exactly once, last. With an error unless close() was called here. */
  readonly closed: (error: TiRtcError | undefined) => void;
  /** A handler of yours threw or rejected. Without a listener it is written to the console. */
  readonly error: (error: unknown) => void;
}

/** The device to connect to. */
export interface ConnectTarget {
  /** `id`, `device://id`, `whip://id` or `whips://id`. */
  readonly remoteId: string;
  /** A one-time token for this remote id, as the backend issued it. Without a token, the ticket of an earlier connect is
   *  used. */
  readonly token?: string;
  /** The longest time this connect may take, in ms. Default: `connectTimeoutMs` of the client or device. */
  readonly timeoutMs?: number;
  /** Ends the attempt; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How long to wait for the peer. */
export interface RequestOptions {
  /** Rejects with TIMEOUTED after so many ms. Default 10000. */
  readonly timeoutMs?: number;
  /** Rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** An iterator's buffer. When either bound is reached what arrives is dropped and counted in stats(): audio, messages
 *  and commands one by one; video of a stream until its next key frame that finds room, so that what is seen can be
 *  decoded. */
export interface IteratorOptions {
  /** Default 256. */
  readonly maxItems?: number;
  /** Default 4 MiB. One item always fits. */
  readonly maxBytes?: number;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
}

/** As `IteratorOptions`, for the frames of one stream or of all. */
export interface FrameIteratorOptions extends IteratorOptions {
  /** Only this stream; default all. */
  readonly stream?: number;
}

/** One peer. The same interface over the native core and over a WebSocket.
 *
 *  Sends never wait. They return true, or false when it is time to wait for `drain`; what does not fit at all throws a
 *  TiRtcError with code BUSY (after which a video stream needs a key frame). After the end they throw the error that
 *  ended it. */
export interface Connection extends AsyncDisposable {
  /** The device that was called, or the subject of the caller's token. */
  readonly remoteId: string;
  /** Whether it can be used. */
  readonly state: ConnectionState;
  /** Why it ended, when it did not end by close(). */
  readonly error: TiRtcError | undefined;
  /** Bytes queued and not yet taken by the network. */
  readonly bufferedBytes: number;

  /** Call `listener` whenever it happens. What it throws, or its promise rejects with, comes as the event `error`. */
  on<Name extends keyof ConnectionEvents>(name: Name, listener: ConnectionEvents[Name]): this;
  /** The same for the next time only. */
  once<Name extends keyof ConnectionEvents>(name: Name, listener: ConnectionEvents[Name]): this;
  /** Take a listener away that `on()` or `once()` was given. */
  off<Name extends keyof ConnectionEvents>(name: Name, listener: ConnectionEvents[Name]): this;

  /** Send a command. Words below 0x2000 belong to the SDK and throw INVALID_PARAMETER. */
  sendCommand(word: CommandWord, data?: Uint8Array | string): boolean;
  /** Send a command and wait for its answer. Rejects with TIMEOUTED, with the signal's reason, or with why the
   *  connection ended. */
  request(command: number, data?: Uint8Array | string, options?: RequestOptions): Promise<Command>;
  /** Answer a command: what `handler` returns is the answer. One handler a command; the function returned takes it
   *  away. */
  handle(command: number, handler: CommandHandler): () => void;

  /** Send a video frame. The first of a stream must be a key frame, and so must the next after one that did not fit;
   *  what comes before throws BUSY. */
  sendVideo(frame: OutgoingFrame): boolean;
  /** Send an audio frame. */
  sendAudio(frame: OutgoingFrame): boolean;
  /** Send a message. */
  sendMessage(message: OutgoingMessage): boolean;

  /** Ask the peer for a key frame. */
  requestKeyFrame(stream: number): void;
  /** Ask for a video stream. Resolves when the peer accepts; rejects with SUBSCRIBE_REFUSED when it refuses, with
   *  TIMEOUTED, with the signal's reason, or with why the connection ended. */
  subscribeVideo(stream: number, options?: RequestOptions): Promise<void>;
  /** Ask for an audio stream, as `subscribeVideo()`. */
  subscribeAudio(stream: number, options?: RequestOptions): Promise<void>;
  /** Tell the peer that the video stream is no longer wanted; what is on its way still comes. */
  unsubscribeVideo(stream: number): void;
  /** The same of an audio stream. */
  unsubscribeAudio(stream: number): void;
  /** Decide who may subscribe; default everybody. One handler, the last given; undefined brings the default back. */
  onSubscribe(handler: SubscribeHandler | undefined): void;

  /** Iterate over what arrives from now on. Ends when either side closes; throws when the connection breaks. */
  frames(kind: MediaClass, options?: FrameIteratorOptions): AsyncIterableIterator<Frame>;
  /** The same for what `command` events bring. */
  commands(options?: IteratorOptions): AsyncIterableIterator<Command>;

  /** Receive nothing until the function returned is called: what arrives waits, and so the peer is slowed down. Answers
   *  to requests wait too. What was on its way up still comes (4 MiB at most, all connections together). Several may
   *  hold; the last to let go lets it flow. Throws INVALID_PARAMETER over a browser's WebSocket, which cannot wait. */
  pauseReceiving(): () => void;

  /** How the connection does. */
  stats(): ConnectionStats;
  /** Send what is queued (for at most 500 ms), then hang up. Resolves when all is gone; calling again gives the same
   *  promise. */
  close(): Promise<void>;
}
