import { ErrorCode, errorFromNumber, invalidParameter } from '../errors/index.js';
import type { Clock, Command, CommandHandler, RequestOptions } from '../types/index.js';
import { MAX_SEQUENCE_NUMBER, makeCommandWord, toRequestWord } from '../wire/index.js';
import { checkCommand } from './outgoing.js';
import { Waiters } from './waiters.js';

const MAX_PENDING_REQUESTS = 1024;

/** Who waits for which answer, and who answers which command. */
export class CommandExchange {
  readonly #remoteId: string;
  readonly #requests: Waiters<number, Command>;
  readonly #handlers = new Map<number, CommandHandler>();
  #sequenceNumber = 0;

  constructor(remoteId: string, clock: Clock) {
    this.#remoteId = remoteId;
    this.#requests = new Waiters(clock);
  }

  async request(command: number, options: RequestOptions, send: (word: number) => void): Promise<Command> {
    const word = this.#nextWord(checkCommand(command));
    const what = `command 0x${command.toString(16)} to "${this.#remoteId}"`;
    return await this.#requests.wait(word, what, options, () => send(word));
  }

  handle(command: number, handler: CommandHandler): () => void {
    if (this.#handlers.has(checkCommand(command))) {
      throw invalidParameter(
        `command 0x${command.toString(16)} has a handler`,
        'take the first one away, or merge them',
      );
    }
    this.#handlers.set(command, handler);
    return () => {
      if (this.#handlers.get(command) === handler) this.#handlers.delete(command);
    };
  }

  /** Give a response to the request that waits for it. False when none does, or when it is no response. */
  settle(command: Command): boolean {
    return command.isResponse && this.#requests.settle(toRequestWord(command.word), command);
  }

  handlerOf(command: Command): CommandHandler | undefined {
    return command.isResponse ? undefined : this.#handlers.get(command.command);
  }

  rejectAll(error: unknown): void {
    this.#requests.rejectAll(error);
  }

  /** Sequence numbers of requests are 1..65535: with 0, small commands would be words of the SDK. */
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
