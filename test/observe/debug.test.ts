import { describe, expect, it } from 'vitest';
import { isNamed } from '../../lib/observe/debug.js';
import { exposition } from '../../lib/observe/index.js';

describe('DEBUG', () => {
  it.each([
    ['*', true],
    ['tirtc*', true],
    ['tirtc:*', true],
    ['tirtc:device', true],
    ['express:*, tirtc:device', true],
    ['express:* tirtc:dev*', true],
    ['tirtc*,-tirtc:connection', true],
    ['tirtc*,-tirtc:device', false],
    ['-tirtc:device,tirtc*', false],
    ['tirtc', false],
    ['tirtc:service', false],
    ['tirtc:device:x', false],
    ['tirtc.device', false],
    ['(', false],
    ['', false],
    [undefined, false],
  ])('with the patterns %j names tirtc:device: %j', (patterns, expected) => {
    expect(isNamed('tirtc:device', patterns)).toBe(expected);
  });
});

describe('the text of metrics', () => {
  it('has a help, a type, and labels without line breaks', () => {
    const text = exposition([
      { name: 'a_total', help: 'Some', type: 'counter', samples: [[{}, 3]] },
      { name: 'b', help: 'Others', type: 'gauge', samples: [[{ id: 'a"b\\c\nd' }, 0.5]] },
    ]);
    expect(text).toBe(
      '# HELP a_total Some\n# TYPE a_total counter\na_total 3\n' +
        '# HELP b Others\n# TYPE b gauge\nb{id="a\\"b\\\\c\\nd"} 0.5\n',
    );
  });
});
