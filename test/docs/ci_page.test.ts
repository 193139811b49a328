import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseScenario } from '../../lib/sim/index.js';
import { CHAPTERS, dockerInstructions, filesOf, githubCommands, gitlabCommands, ROOT } from './ci_page.js';

// test/docs/ci_commands.ts runs the commands with the packed package.

test('CI runs the commands of docs/ci.md', () => {
  expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toMatch(/^npm run test:ci-page$/m);
  expect(githubCommands()).toHaveLength(5);
  expect(gitlabCommands()).toHaveLength(4);
  expect(dockerInstructions().map(([name]) => name)).toEqual([
    ...['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'EXPOSE', 'HEALTHCHECK', 'CMD'],
  ]);
});

test('the jobs of docs/ci.md use only what such jobs support', () => {
  const { on, jobs } = parse(filesOf(CHAPTERS.github).get('.github/workflows/test.yml') ?? '');
  expect(on).toEqual(['push', 'pull_request']);
  const actions = jobs.test.steps.flatMap(({ uses }: { readonly uses?: string }) => uses ?? []);
  const names = ['actions/checkout', 'actions/setup-node', 'actions/upload-artifact'];
  expect(actions).toEqual(names.map((name) => expect.stringMatching(new RegExp(`^${name}@[0-9a-f]{40}$`))));
  const { artifacts } = parse(filesOf(CHAPTERS.gitlab).get('.gitlab-ci.yml') ?? '').test;
  for (const report of artifacts.reports.junit) expect(gitlabCommands().join()).toContain(report);
});

test('the scenarios of docs/ci.md are valid', () => {
  const files = Object.values(CHAPTERS).flatMap((chapter) => [...filesOf(chapter)]);
  const scenarios = files.filter(([path]) => path.startsWith('scenarios/'));
  expect(scenarios).toHaveLength(2);
  for (const [path, text] of scenarios) expect(() => parseScenario(text, path)).not.toThrow();
});
