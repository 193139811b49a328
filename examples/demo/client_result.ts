import type { Received } from '../ts/receive_file.js';

/** The measurements of a client of the demo, made only if everything matched. */
export interface ClientResult {
  readonly connectMs: number;
  readonly video: Received;
  readonly audio: Received;
  readonly roundTripMs: number;
}

/** The input of both clients. */
export interface ClientJob {
  readonly endpoint: string;
  readonly remoteId: string;
  readonly token: string;
  readonly signal: AbortSignal;
}
