import { ErrorCode, errorName, TiRtcError } from '../errors/index.js';
import type { Clock, RequestOptions, SubscribeAnswer, SubscribeHandler } from '../types/index.js';
import type { SubscribeRequest } from '../wire/index.js';
import { Waiters } from './waiters.js';

const ACCEPTED_STATUS = 0;
const REFUSED_STATUS = 1;

export function streamKind(request: SubscribeRequest): 'video' | 'audio' {
  return request === 'subscribeVideo' ? 'video' : 'audio';
}

function statusOf(answer: SubscribeAnswer): number {
  if (typeof answer === 'number') return answer | 0;
  return answer ? ACCEPTED_STATUS : REFUSED_STATUS;
}

/** Subscribes of ours that wait for an answer, and what to answer to the peer's. */
export class Subscriptions {
  readonly #remoteId: string;
  readonly #waiting: Waiters<string, number>;
  /** Absent: everybody is accepted. */
  handler: SubscribeHandler | undefined;

  constructor(remoteId: string, clock: Clock) {
    this.#remoteId = remoteId;
    this.#waiting = new Waiters(clock);
  }

  /** One answer settles all that wait for the same stream. */
  async subscribe(request: SubscribeRequest, stream: number, options: RequestOptions, send: () => void): Promise<void> {
    const what = `${request} for stream ${stream} to "${this.#remoteId}"`;
    const status = await this.#waiting.wait(`${request} ${stream}`, what, options, send);
    if (status === ACCEPTED_STATUS) return;
    throw new TiRtcError({
      what: `"${this.#remoteId}" refused ${request} for stream ${stream} with status ${status}`,
      number: errorName(status) === undefined ? ErrorCode.SERVER_ERROR : status,
      code: 'SUBSCRIBE_REFUSED',
      advice: 'ask for a stream that the peer offers',
      retryable: false,
    });
  }

  settle(request: SubscribeRequest, stream: number, status: number): void {
    this.#waiting.settle(`${request} ${stream}`, status);
  }

  rejectAll(error: unknown): void {
    this.#waiting.rejectAll(error);
  }

  /** The status to answer. A handler that fails refuses, so that the peer is not left waiting. */
  async decide(request: SubscribeRequest, stream: number, report: (error: unknown) => void): Promise<number> {
    if (this.handler === undefined) return ACCEPTED_STATUS;
    try {
      return statusOf(await this.handler(stream, streamKind(request)));
    } catch (error) {
      report(error);
      return REFUSED_STATUS;
    }
  }
}
