import { invalidParameter } from '../errors/index.js';
import type { Command } from '../types/index.js';
import { commandOf, isResponse, sequenceNumberOf, toResponseWord } from '../wire/index.js';

type Send = (word: number, data: Uint8Array | string | undefined) => boolean;

/** A command that came, able to be answered. */
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

  /** reply() was called and went out. */
  get replied(): boolean {
    return this.#replied;
  }

  reply(data?: Uint8Array | string): boolean {
    if (this.isResponse) {
      throw invalidParameter(`command word 0x${this.word.toString(16)} is a response`, 'reply to requests only');
    }
    const goOn = this.#send(toResponseWord(this.word), data);
    this.#replied = true;
    return goOn;
  }
}
