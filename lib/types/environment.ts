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

/** What is used of a logger: facts as an object, then a text. pino, bunyan and `console` are such loggers. */
export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
  /** Where there is one, it is asked when a device, a client or a service begins, with what all lines have in common; twice
   *  for a device, whose connections have lines of their own. */
  child?(facts: object): Logger;
}
