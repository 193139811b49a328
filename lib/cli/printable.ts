export const quoted = JSON.stringify;

/** What comes from outside must not play tricks with a terminal; quoting leaves the C1 controls in. */
export function printable(text: string): string {
  return text.replace(/[\x7f-\x9f]/g, '?');
}

/** Bytes as text when they are printable UTF-8, else undefined. */
export function textOf(data: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    return /^[^\p{Cc}\p{Cs}]*$/u.test(text.replaceAll(/[\t\r\n]/g, '')) ? text : undefined;
  } catch {
    return undefined;
  }
}
