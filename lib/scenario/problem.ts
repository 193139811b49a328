/** Where a value is: keys and indices from the root. */
export type Path = readonly (string | number)[];

/** Something that is wrong with a scenario. */
export interface Problem {
  readonly path: Path;
  /** The key at the end of the path is at fault, not its value. */
  readonly atKey?: boolean;
  readonly message: string;
}

/** A scenario that cannot be run. Each line of the message names the place, what is wrong there and what is legal. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code = 'SCENARIO_INVALID';
}

export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');
}
