const TOKEN = /v1\.[A-Za-z0-9_-]{8,}[A-Za-z0-9_.-]*/g;

/** The text without connect tokens, for whoever put one into the wrong place. */
export function redactTokens(text: string): string {
  return text.replaceAll(TOKEN, 'v1.…');
}
