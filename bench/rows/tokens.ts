import type { Row } from '../row.js';
import { Program } from '../support/program.js';

function tokenRow(name: 'issue' | 'verify', what: string): Row {
  return {
    name: `token-${name}`,
    what,
    against: 'the two bare HMACs plus base64url',
    better: 'more',
    good: 0.85,
    great: 0.95,
    async open() {
      const tokens = await Program.start('tokens');
      return {
        ours: () => tokens.ask<number>(name),
        reference: () => tokens.ask<number>(`${name}Bare`),
        close: () => tokens.stop(),
      };
    },
  };
}

export const tokenRows: readonly Row[] = [
  tokenRow('issue', 'tokens issued per second'),
  tokenRow('verify', 'tokens verified per second'),
];
