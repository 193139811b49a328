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
