import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseScenario, type RunOptions, runScenario } from '../../lib/sim/index.js';

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tirtc-scenario-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

export function fileNamed(name: string, text: string): string {
  const path = join(folder(), name);
  writeFileSync(path, text);
  return path;
}

/** Returns the problems of a scenario, a line each. */
export function problemsOf(text: string): readonly string[] {
  try {
    parseScenario(text, 'a.yaml');
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

export function run(text: string, options: RunOptions = {}) {
  return runScenario(parseScenario(text, join(folder(), 'a.yaml')), options);
}

/** Returns whether a process is running. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
