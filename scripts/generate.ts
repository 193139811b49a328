import { BYE_REASONS, type ByeName, byeInfo } from '../lib/errors/index.js';

/** One row of TIRTC_ERRORS(X) in include/tirtc_errors.h. */
export interface ErrorRow {
  readonly name: string;
  readonly value: number;
  readonly advice: string;
}

/** Read the rows of TIRTC_ERRORS(X) from the text of the header. Names lose their `TIRTC_E_`. */
export function parseErrorHeader(header: string): readonly ErrorRow[] {
  const rows = [...header.matchAll(/^ *X\(TIRTC_E_(\w+), +(-\d+), ("(?:[^"\\]|\\.)*")\)/gm)];
  return rows.map(([, name = '', value = '', advice = '']) => ({
    name,
    value: Number(value),
    advice: JSON.parse(advice),
  }));
}

/** The text of error_codes.generated.ts. `npm run generate` writes it, a test compares it. */
export function renderErrorCodes(rows: readonly ErrorRow[]): string {
  const quote = (text: string): string =>
    text.includes("'") ? JSON.stringify(text) : `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')}'`;
  return [
    '// Made from include/tirtc_errors.h by `npm run generate`. Do not edit.',
    '',
    '/** Every error number of tiRTC.h by its name without `TIRTC_E_`. */',
    'export const ErrorCode = {',
    ...rows.map((row) => `  ${row.name}: ${row.value},`),
    '} as const;',
    '',
    '/** What to do next, by name. */',
    'export const ERROR_ADVICE: Readonly<Record<keyof typeof ErrorCode, string>> = {',
    ...rows.map((row) => `  ${row.name}: ${quote(row.advice)},`),
    '};',
    '',
  ].join('\n');
}

/** Read the rows of TIRTC_EVENTS(X) from the text of include/tirtc_events.h. */
export function parseEventHeader(header: string): readonly { readonly name: string; readonly value: number }[] {
  const rows = [...header.matchAll(/^ *X\(TIRTC_\w+, (\d+), (\w+)\)/gm)];
  return rows.map(([, value, name = '']) => ({ name, value: Number(value) }));
}

/** The text of event_kinds.generated.ts. */
export function renderEventKinds(rows: ReturnType<typeof parseEventHeader>): string {
  return [
    '// Made from include/tirtc_events.h by `npm run generate`. Do not edit.',
    '',
    '/** The values of tirtc_event_kind_t by the names of this package. */',
    'export const EVENT_KINDS = {',
    ...rows.map((row) => `  ${row.name}: ${row.value},`),
    '} as const;',
    '',
  ].join('\n');
}

/** Put the tables into the text of docs/errors.md, each between its comment and the next `end`. */
export function renderErrorPage(page: string, rows: readonly ErrorRow[]): string {
  const withNumbers = replaceSection(page, 'numbers', [
    '| number | name | what to do |',
    '|---|---|---|',
    ...rows.map(({ name, value, advice }) => `| ${value} | \`TIRTC_E_${name}\` | ${advice} |`),
  ]);
  return replaceSection(withNumbers, 'reasons', [
    '| `code` | number | what happened | what to do |',
    '|---|---|---|---|',
    ...(Object.keys(BYE_REASONS) as ByeName[]).map(reasonRow),
  ]);
}

function reasonRow(name: ByeName): string {
  const { connectionError, startError, meaning, advice } = byeInfo(BYE_REASONS[name]);
  const numbers = connectionError === startError ? `${startError}` : `${connectionError}, ${startError}`;
  return `| \`${name.toUpperCase()}\` | ${numbers} | ${meaning} | ${advice} |`;
}

function replaceSection(page: string, name: string, lines: readonly string[]): string {
  const section = new RegExp(`(<!-- ${name}: [^>]*-->\\n)[^]*?(<!-- end -->)`);
  if (!section.test(page)) throw new Error(`docs/errors.md has no section "${name}"`);
  return page.replace(section, (_, begin: string, end: string) => `${begin}${lines.join('\n')}\n${end}`);
}
