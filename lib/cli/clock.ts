/** The time of day in UTC, for pictures of clocks: Unix time has no leap seconds, so a day is a day. */
export function timeOfDayMs(): number {
  return Date.now() % (24 * 60 * 60 * 1000);
}

/** Milliseconds since 1970. */
export function wallMs(): number {
  return Date.now();
}
