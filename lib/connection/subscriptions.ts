import { checkWait, timedOut, Waiters } from '../base/index.js';
import { ErrorCode, errorName, inspectForError, invalidParameter, TiRtcError } from '../errors/index.js';
import type { Clock, RequestOptions, SubscribeAnswer, SubscribeHandler } from '../types/index.js';
import type { SubscribeRequest } from '../wire/index.js';
import { DEFAULT_REQUEST_TIMEOUT_MS } from './commands.js';

const ACCEPTED_STATUS = 0;
const REFUSED_STATUS = 1;
/** The most pending decisions; a further subscribe is refused. */
const MAX_DECISIONS = 1024;

export function streamKind(request: SubscribeRequest): 'video' | 'audio' {
  return request === 'subscribeVideo' ? 'video' : 'audio';
}

/** Converts the answer of a handler; anything but a boolean or a number throws. */
function statusOf(answer: SubscribeAnswer): number {
  if (typeof answer === 'boolean') return answer ? ACCEPTED_STATUS : REFUSED_STATUS;
  if (typeof answer === 'number' && (answer | 0) === answer) return answer;
  throw invalidParameter(
    `the handler of onSubscribe() returned ${inspectForError(answer)}`,
    'return true, false or a 32-bit status',
  );
}

/** Subscribes of this side that wait for an answer, and the answers to the subscribes of the peer. */
export class Subscriptions {
  readonly #remoteId: string;
  readonly #clock: Clock;
  readonly #waiting = new Waiters<string, number>();
  /** Without a handler, every subscribe is accepted. */
  #handler: SubscribeHandler | undefined;
  #deciding = 0;

  constructor(remoteId: string, clock: Clock) {
    this.#remoteId = remoteId;
    this.#clock = clock;
  }

  setHandler(handler: SubscribeHandler | undefined): void {
    if (handler !== undefined && typeof handler !== 'function') {
      throw invalidParameter(
        `onSubscribe(): handler must be a function, got ${typeof handler}`,
        'give a function, or undefined',
      );
    }
    this.#handler = handler;
  }

  /** Waits for the answer. One answer settles all waits for the same stream. */
  async subscribe(request: SubscribeRequest, stream: number, options: RequestOptions, send: () => void): Promise<void> {
    checkWait(`${request}()`, options);
    const { timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, signal } = options;
    const status = await this.#waiting.wait(`${request} ${stream}`, {
      clock: this.#clock,
      timeoutMs,
      signal,
      begin: send,
      timeoutError: timedOut(`no answer to ${request} for stream ${stream} to "${this.#remoteId}"`),
    });
    if (status === ACCEPTED_STATUS) return;
    throw new TiRtcError({
      what: `"${this.#remoteId}" refused ${request} for stream ${stream} with status ${status}`,
      number: errorName(status) === undefined ? ErrorCode.SERVER_ERROR : status,
      code: 'SUBSCRIBE_REFUSED',
      advice: 'subscribe to a stream that the peer offers',
      retryable: false,
    });
  }

  settle(request: SubscribeRequest, stream: number, status: number): void {
    this.#waiting.settle(`${request} ${stream}`, status);
  }

  rejectAll(error: unknown): void {
    this.#waiting.rejectAll(error);
  }

  /** Returns the status to answer. If the handler fails, the peer is refused, so that it does not wait. */
  async decide(request: SubscribeRequest, stream: number, report: (error: unknown) => void): Promise<number> {
    if (this.#handler === undefined) return ACCEPTED_STATUS;
    if (this.#deciding >= MAX_DECISIONS) return REFUSED_STATUS;
    this.#deciding += 1;
    try {
      return statusOf(await this.#handler(stream, streamKind(request)));
    } catch (error) {
      report(error);
      return REFUSED_STATUS;
    } finally {
      this.#deciding -= 1;
    }
  }
}
