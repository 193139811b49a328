import type { Received } from '../ts/receive_file.js';

/** What a client of the demo measured. It only comes to be when everything matched. */
export interface ClientResult {
  readonly connectMs: number;
  readonly video: Received;
  readonly audio: Received;
  readonly roundTripMs: number;
}

/** What both clients are given. */
export interface ClientJob {
  readonly endpoint: string;
  readonly remoteId: string;
  readonly token: string;
  readonly signal: AbortSignal;
}
