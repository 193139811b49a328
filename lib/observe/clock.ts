/** The date and time of day, for lines that people read. */
export function timeText(): string {
  return new Date().toISOString();
}
