/** A row of the table: what is measured, the reference, and the limits of the ratio. */
export interface Row {
  /** The name for `npm run bench -- NAME`. */
  readonly name: string;
  readonly what: string;
  readonly against: string;
  /** Whether a larger or a smaller ratio is better, and the two limits. */
  readonly better: 'more' | 'less';
  readonly good: number;
  readonly great: number;
  /** Starts the programs that the rounds need. */
  open(): Promise<Pair>;
}

/** Two measurements that alternate. The ratio of a round is ours() / reference(). */
export interface Pair {
  ours(): Promise<number>;
  /** Undefined for a count, which has no reference. */
  reference?(): Promise<number>;
  close(): Promise<void>;
}

export type Verdict = 'great' | 'good' | 'below';

export interface Result {
  readonly row: Row;
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly verdict: Verdict;
}

/** Runs one round that is discarded (caches, just-in-time compilers), then `rounds` rounds; returns the median of their
 *  ratios. */
export async function measure(row: Row, rounds: number): Promise<Result> {
  const pair = await row.open();
  try {
    await ratioOf(pair, false);
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) ratios.push(await ratioOf(pair, round % 2 === 1));
    ratios.sort((a, b) => a - b);
    const ratio = ratios[ratios.length >> 1] ?? Number.NaN;
    const [lowest = ratio] = ratios;
    return { row, ratio, lowest, highest: ratios.at(-1) ?? ratio, verdict: judge(row, ratio) };
  } finally {
    await pair.close();
  }
}

/** Runs one round; the two measurements swap their order from round to round. */
async function ratioOf(pair: Pair, referenceFirst: boolean): Promise<number> {
  const measureReference = async (): Promise<number> => (await pair.reference?.()) ?? 1;
  if (referenceFirst) {
    const reference = await measureReference();
    return (await pair.ours()) / reference;
  }
  const ours = await pair.ours();
  return ours / (await measureReference());
}

function judge({ better, good, great }: Row, ratio: number): Verdict {
  const reaches = (limit: number) => (better === 'more' ? ratio >= limit : ratio <= limit);
  if (reaches(great)) return 'great';
  return reaches(good) ? 'good' : 'below';
}
