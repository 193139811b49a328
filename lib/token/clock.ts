/** The wall clock, in whole seconds since 1970. Everything else in this room is given its time. */
export function systemSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
