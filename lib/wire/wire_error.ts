/** Bytes or text that break the rules of docs/wire.md. Whoever owns the link decides what that means for it. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
