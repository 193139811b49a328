import { encodeCommand, isResponse, toRequestWord, toResponseWord } from './command.js';
import { MAX_STREAMS } from './protocol.js';

/** The requests of one peer to the other about a stream, as tirtc_request_t. The values are their command words. */
export const PEER_REQUESTS = {
  keyFrame: 0x400,
  subscribeVideo: 0x402,
  unsubscribeVideo: 0x404,
  subscribeAudio: 0x406,
  unsubscribeAudio: 0x408,
} as const;

export type PeerRequest = keyof typeof PEER_REQUESTS;
export type SubscribeRequest = 'subscribeVideo' | 'subscribeAudio';

export const PROBE_WORD = 0x40a;
export const PROBE_BYTES = 8;

/** A command of the SDK (docs/wire.md section 2). */
export type SdkCommand =
  | { readonly kind: 'request'; readonly request: PeerRequest; readonly stream: number }
  | { readonly kind: 'answer'; readonly request: SubscribeRequest; readonly stream: number; readonly status: number }
  | { readonly kind: 'probe'; readonly data: Uint8Array }
  | { readonly kind: 'echo'; readonly data: Uint8Array };

const REQUEST_BY_WORD: ReadonlyMap<number, PeerRequest> = new Map(
  (Object.keys(PEER_REQUESTS) as PeerRequest[]).map((request) => [PEER_REQUESTS[request], request]),
);

/** Reads a command whose word is below 0x2000. Returns undefined when it is unknown, has a wrong length or names an invalid
 *  stream; such a command is to be ignored. */
export function decodeSdkCommand(word: number, data: Uint8Array): SdkCommand | undefined {
  if (toRequestWord(word) === PROBE_WORD) {
    return data.length === PROBE_BYTES ? { kind: isResponse(word) ? 'echo' : 'probe', data } : undefined;
  }
  const request = REQUEST_BY_WORD.get(toRequestWord(word));
  const stream = data[0];
  if (request === undefined || stream === undefined || stream >= MAX_STREAMS) return undefined;
  if (!isResponse(word)) return data.length === 1 ? { kind: 'request', request, stream } : undefined;
  if (data.length !== 5 || (request !== 'subscribeVideo' && request !== 'subscribeAudio')) return undefined;
  const status = new DataView(data.buffer, data.byteOffset, data.byteLength).getInt32(1);
  return { kind: 'answer', request, stream, status };
}

/** Returns a whole message. */
export function encodePeerRequest(request: PeerRequest, stream: number): Uint8Array<ArrayBuffer> {
  return encodeCommand(PEER_REQUESTS[request], Uint8Array.of(stream));
}

/** Returns a whole message. Status 0 accepts. */
export function encodeSubscribeAnswer(
  request: SubscribeRequest,
  stream: number,
  status: number,
): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(5);
  data[0] = stream;
  new DataView(data.buffer).setInt32(1, status);
  return encodeCommand(toResponseWord(PEER_REQUESTS[request]), data);
}

/** Returns a whole message: a round-trip probe. */
export function encodeProbe(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeCommand(PROBE_WORD, data);
}

/** Returns a whole message: the answer to a probe. */
export function encodeProbeEcho(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeCommand(toResponseWord(PROBE_WORD), data);
}
