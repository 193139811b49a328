import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}/docs/ci.md`, 'utf8');

/** Returns the files of a chapter of docs/ci.md by path: a path in backticks and a colon, then the block. */
export function filesOf(chapter: string): ReadonlyMap<string, string> {
  const text = PAGE.split(/^## /m).find((one) => one.startsWith(`${chapter}\n`)) ?? '';
  const found = [...text.matchAll(/^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$/gms)];
  if (found.length === 0) throw new Error(`docs/ci.md has no files in a chapter ${JSON.stringify(chapter)}`);
  return new Map(found.map(([, path = '', content = '']) => [path, content]));
}

export const CHAPTERS = {
  github: 'Firmware in C, with GitHub Actions',
  gitlab: 'A gateway in Node, with GitLab',
  docker: 'A service for others, in Docker',
} as const;

function fileOf(chapter: keyof typeof CHAPTERS, path: string): string {
  const content = filesOf(CHAPTERS[chapter]).get(path);
  if (content === undefined) throw new Error(`docs/ci.md has no ${path}`);
  return content;
}

/** Returns the commands of the workflow, in order. */
export function githubCommands(): readonly string[] {
  const { jobs } = parse(fileOf('github', '.github/workflows/test.yml'));
  return jobs.test.steps.flatMap(({ run }: { readonly run?: string }) => (run === undefined ? [] : [run]));
}

export function gitlabCommands(): readonly string[] {
  return parse(fileOf('gitlab', '.gitlab-ci.yml')).test.script;
}

/** Returns the instructions of the Dockerfile, in order. */
export function dockerInstructions(): readonly (readonly [name: string, rest: string])[] {
  return fileOf('docker', 'Dockerfile')
    .trim()
    .split('\n')
    .map((line) => /^([A-Z]+) (.+)$/.exec(line) ?? [line, line, ''])
    .map(([, name = '', rest = '']) => [name, rest]);
}
