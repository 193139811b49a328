import { checkWait, isThenable, timedOut, Waiters } from '../base/index.js';
import { ErrorCode, errorFromNumber, inspectForError, invalidParameter } from '../errors/index.js';
import type { Clock, Command, CommandHandler, RequestOptions } from '../types/index.js';
import {
  commandOf,
  isResponse,
  MAX_SEQUENCE_NUMBER,
  makeCommandWord,
  sequenceNumberOf,
  toRequestWord,
  toResponseWord,
} from '../wire/index.js';
import { checkCommand } from './argument_checks.js';

export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;
const MAX_PENDING_REQUESTS = 1024;
/** The same as MAX_PENDING_REQUESTS of the peer. */
const MAX_RUNNING_HANDLERS = 1024;

/** The requests of a connection that wait for an answer, and the handlers that answer commands. */
export class Commands {
  readonly #remoteId: string;
  readonly #clock: Clock;
  readonly #requests = new Waiters<number, Command>();
  readonly #handlers = new Map<number, CommandHandler>();
  #sequenceNumber = 0;
  #running = 0;

  constructor(remoteId: string, clock: Clock) {
    this.#remoteId = remoteId;
    this.#clock = clock;
  }

  async request(command: number, options: RequestOptions, send: (word: number) => void): Promise<Command> {
    checkWait('request()', options);
    const word = this.#nextWord(checkCommand(command));
    const { timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, signal } = options;
    return await this.#requests.wait(word, {
      clock: this.#clock,
      timeoutMs,
      signal,
      begin: () => send(word),
      timeoutError: timedOut(`no answer to command 0x${command.toString(16)} to "${this.#remoteId}"`),
    });
  }

  handle(command: number, handler: CommandHandler): () => void {
    if (typeof handler !== 'function') {
      throw invalidParameter(
        `the handler of command ${inspectForError(command)} must be a function`,
        'give a function that returns the answer',
      );
    }
    if (this.#handlers.has(checkCommand(command))) {
      throw invalidParameter(
        `command 0x${command.toString(16)} already has a handler`,
        'remove the first handler, or merge the two',
      );
    }
    this.#handlers.set(command, handler);
    return () => {
      if (this.#handlers.get(command) === handler) this.#handlers.delete(command);
    };
  }

  /** Passes a response to the request that waits for it. Returns false if there is none or if it is not a response. */
  settle(command: Command): boolean {
    return command.isResponse && this.#requests.settle(toRequestWord(command.word), command);
  }

  handlerOf(command: Command): CommandHandler | undefined {
    return command.isResponse ? undefined : this.#handlers.get(command.command);
  }

  /** Whether the next command must be dropped because too many handlers are running. */
  get isFull(): boolean {
    return this.#running >= MAX_RUNNING_HANDLERS;
  }

  /** Answers a command with what its handler returns, unless the handler replied itself or the connection has ended. */
  answer(handler: CommandHandler, command: IncomingCommand, isOpen: () => boolean): unknown {
    const finish = (answer: Awaited<ReturnType<CommandHandler>>): void => {
      if (!command.replied && isOpen()) command.reply(answer ?? undefined);
    };
    const answer = handler(command);
    return isThenable(answer) ? this.#whenReady(answer, finish) : finish(answer);
  }

  async #whenReady<Answer>(answer: PromiseLike<Answer>, finish: (answer: Answer) => void): Promise<void> {
    this.#running += 1;
    try {
      finish(await answer);
    } finally {
      this.#running -= 1;
    }
  }

  rejectAll(error: unknown): void {
    this.#requests.rejectAll(error);
  }

  /** Uses the sequence numbers 1 to 65535: with 0, the words of small commands would belong to the SDK. */
  #nextWord(command: number): number {
    if (this.#requests.size >= MAX_PENDING_REQUESTS) {
      throw errorFromNumber(ErrorCode.BUSY, `${MAX_PENDING_REQUESTS} requests to "${this.#remoteId}" are unanswered`);
    }
    let word: number;
    do {
      this.#sequenceNumber = (this.#sequenceNumber % MAX_SEQUENCE_NUMBER) + 1;
      word = makeCommandWord(command, this.#sequenceNumber);
    } while (this.#requests.has(word));
    return word;
  }
}

type Send = (word: number, data: Uint8Array | string | undefined) => boolean;

/** A received command that can be answered. */
export class IncomingCommand implements Command {
  readonly word: number;
  readonly data: Uint8Array;
  readonly #send: Send;
  #replied = false;

  constructor(word: number, data: Uint8Array, send: Send) {
    this.word = word;
    this.data = data;
    this.#send = send;
  }

  get command(): number {
    return commandOf(this.word);
  }

  get sequenceNumber(): number {
    return sequenceNumberOf(this.word);
  }

  get isResponse(): boolean {
    return isResponse(this.word);
  }

  /** Whether reply() was called and succeeded. */
  get replied(): boolean {
    return this.#replied;
  }

  reply(data?: Uint8Array | string): boolean {
    if (this.isResponse) {
      throw invalidParameter(`command word 0x${this.word.toString(16)} is a response`, 'reply only to requests');
    }
    const goOn = this.#send(toResponseWord(this.word), data);
    this.#replied = true;
    return goOn;
  }
}
