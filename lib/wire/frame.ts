import { CHANNEL_AUDIO, CHANNEL_VIDEO, FRAME_HEADER_BYTES, MAX_STREAMS, WireError } from './protocol.js';

/** The values of `media`. */
export const MEDIA = {
  MESSAGE: 0,
  PCM: 1,
  ALAW: 2,
  AAC: 3,
  OPUS: 4,
  AMR: 5,
  JPEG: 65,
  H264: 66,
  H265: 67,
} as const;

/** The bit in `flags` of a video frame that is a key frame. */
export const KEY_FRAME_FLAG = 1;

const LAST_AUDIO_MEDIA = 64;
const LAST_MEDIA = 127;

/** The three kinds of frames. */
export type MediaClass = 'message' | 'audio' | 'video';

/** Returns the class of a media value, or undefined when the value is invalid. */
export function mediaClass(media: number): MediaClass | undefined {
  if (!Number.isInteger(media) || media < 0 || media > LAST_MEDIA) return undefined;
  if (media === MEDIA.MESSAGE) return 'message';
  return media <= LAST_AUDIO_MEDIA ? 'audio' : 'video';
}

export interface FrameHeader {
  /** 0..15. */
  readonly stream: number;
  readonly media: number;
  readonly flags: number;
  readonly reserved: number;
  /** Milliseconds, wraps at 2^32. */
  readonly timestampMs: number;
}

export interface FrameBody extends FrameHeader {
  /** The payload, a view of the message. */
  readonly data: Uint8Array;
}

/** Returns a whole message, channel byte and header included. */
export function encodeFrame(frame: FrameBody): Uint8Array<ArrayBuffer> {
  const kind = mediaClass(frame.media);
  if (kind === undefined) throw new WireError(`media ${frame.media} is out of range: use 0 to ${LAST_MEDIA}`);
  const message = new Uint8Array(1 + FRAME_HEADER_BYTES + frame.data.length);
  message[0] = kind === 'video' ? CHANNEL_VIDEO : CHANNEL_AUDIO;
  message[1] = frame.stream;
  message[2] = frame.media;
  message[3] = frame.flags;
  message[4] = frame.reserved;
  const view = new DataView(message.buffer);
  view.setUint32(5, frame.timestampMs);
  view.setUint32(9, frame.data.length);
  message.set(frame.data, 1 + FRAME_HEADER_BYTES);
  return message;
}

/** Reads the body of a message on channel 1 or 2. */
export function decodeFrame(channel: number, body: Uint8Array): FrameBody {
  if (body.length < FRAME_HEADER_BYTES) throw new WireError(`a frame of ${body.length} bytes has no header`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const stream = view.getUint8(0);
  const media = view.getUint8(1);
  const length = view.getUint32(8);
  if (length !== body.length - FRAME_HEADER_BYTES) {
    throw new WireError(`a frame has ${body.length - FRAME_HEADER_BYTES} bytes, its header says ${length}`);
  }
  if (stream >= MAX_STREAMS) throw new WireError(`stream ${stream} is above ${MAX_STREAMS - 1}`);
  const kind = mediaClass(media);
  if (kind === undefined || channel !== (kind === 'video' ? CHANNEL_VIDEO : CHANNEL_AUDIO)) {
    throw new WireError(`media ${media} does not belong on channel ${channel}`);
  }
  return {
    stream,
    media,
    flags: view.getUint8(2),
    reserved: view.getUint8(3),
    timestampMs: view.getUint32(4),
    data: body.subarray(FRAME_HEADER_BYTES),
  };
}
