/** A step in a line, as its file has it: `connect viewer`, `expect cam started within=5s`. */
export function stepText(step: object): string {
  const [[name, given] = ['']] = Object.entries(step);
  return `${name} ${valueText(given)}`.trimEnd();
}

/** Their values say enough without their names. */
const OBVIOUS: readonly string[] = ['actor', 'client', 'event', 'kind'];

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return entries.map(([name, one]) => (OBVIOUS.includes(name) ? valueText(one) : `${name}=${inner(one)}`)).join(' ');
}

function inner(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([name, one]) => `${name}=${inner(one)}`);
  return `(${entries.join(' ')})`;
}
