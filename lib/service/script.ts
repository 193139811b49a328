import type { LinkName } from '../wire/index.js';
import type { HttpAnswer } from './http_answer.js';

/** What may happen to an upgrade instead of the normal thing: an HTTP answer, a closed socket, or silence. */
export type ScriptedAnswer = HttpAnswer | 'close' | 'hang';

const MAX_WAITING = 1000;

/** Answers that are waiting for the upgrades they are meant for. */
export class ScriptedAnswers {
  readonly #waiting: Readonly<Record<LinkName, ScriptedAnswer[]>> = { start: [], connect: [], accept: [] };

  add(link: LinkName, answer: ScriptedAnswer): void {
    if (this.#waiting[link].length >= MAX_WAITING) throw new RangeError(`${MAX_WAITING} answers are waiting already`);
    this.#waiting[link].push(answer);
  }

  /** The answer to an upgrade of this link, used up by it, or undefined: do the normal thing. */
  take(link: LinkName): ScriptedAnswer | undefined {
    return this.#waiting[link].shift();
  }
}
