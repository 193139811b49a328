/** Time as a parameter: real, fake or virtual. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  nowMs(): number;
  /** Call back once, after at least `delayMs`. */
  startTimer(delayMs: number, callback: () => void): Timer;
}

/** What `startTimer()` started. */
export interface Timer {
  /** The callback will not be called any more. Harmless when it was. */
  cancel(): void;
}
