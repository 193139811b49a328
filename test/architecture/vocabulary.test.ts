import { describe, expect, it } from 'vitest';
import { read, trackedFiles } from './repository.js';

/** Phrases that readers of technical English stumble over, and what to write instead (docs/contributing.md). */
const banned: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bwhoever\b/gi, 'anyone who'],
  [/\bnobody\b/gi, 'no one, or name who'],
  [/\banew\b/gi, 'again'],
  [/\b(?:is|are) told\b/gi, 'receives, is reported to'],
  [/\bbe it\b/gi, 'whether it is'],
  [/(?<!\bthere )\bis none\b/gi, 'is not one, is invalid'],
  [/\bits kin\b/gi, 'the like'],
  [/\bso many\b/gi, 'this many'],
  [
    /(?<!\bthere )\b(?:is|are) no (?!longer\b|more\b|less\b|fewer\b|[a-z]+er than\b|different\b)[a-z]+/gi,
    'is not a, must be',
  ],
];

const here = 'test/architecture/vocabulary.test.ts';
const texts = trackedFiles.filter(
  (file) =>
    /^(?:lib|native|include|docs|examples|test|bench|fuzz|scripts|cmake)\/|^[^/]+$/.test(file) &&
    /\.(?:c|h|cc|ts|mjs|cjs|py|sh|md|yaml|json|cmake)$|CMakeLists/.test(file) &&
    file !== 'package-lock.json' &&
    file !== here,
);

/** Comment marks and line ends between the words of a sentence do not hide a phrase. */
function findings(): readonly string[] {
  return texts.flatMap((file) => {
    const lines = read(file)
      .split('\n')
      .map((line) => line.replace(/^\s*(?:\/\/+|\/?\*+|#|>)?\s*|\s+$/g, ''));
    return banned.flatMap(([pattern, instead]) =>
      [...lines.join(' ').matchAll(pattern)].map(({ 0: phrase, index }) => {
        const line = lines.join('\n').slice(0, index).split('\n').length;
        return `${file}:${line} "${phrase}": write ${instead}`;
      }),
    );
  });
}

describe('the vocabulary', () => {
  it('reads the texts of the whole repository', () => {
    expect(texts.length).toBeGreaterThan(600);
  });

  it('has none of the banned phrases', () => {
    expect(findings()).toEqual([]);
  });
});
