/** Time as a parameter: real, fake or virtual. */
export interface Clock {
  /** Returns monotonic milliseconds; only differences are meaningful. */
  nowMs(): number;
  /** Calls `callback` once, after at least `delayMs`. */
  startTimer(delayMs: number, callback: () => void): Timer;
}

/** A clock that also knows the date. */
export interface WallClock extends Clock {
  /** Returns milliseconds since 1970. */
  wallMs(): number;
}

/** A timer that `startTimer()` started. */
export interface Timer {
  /** Prevents the callback; has no effect after it was called. */
  cancel(): void;
}

/** The methods that are used of a logger: an object of facts, then a text. pino, bunyan and `console` have them. */
export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
  /** If present, it is called when a device, client or service is created, with the facts that all its lines have in
   *  common. It is called twice for a device, whose connections log lines of their own. */
  child?(facts: object): Logger;
}
