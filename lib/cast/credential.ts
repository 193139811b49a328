import { createHash } from 'node:crypto';

const CHARACTERS = 32;

/** A secret for one run: the same seed and name give the same. Good for a service that ends with the run. */
export function makeCredential(seed: number | string, name: string): string {
  return createHash('sha256').update(`scenario ${seed} ${name}`).digest('base64url').slice(0, CHARACTERS);
}
