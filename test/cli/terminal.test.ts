import { expect, test } from 'vitest';
import { Terminal } from '../../lib/cli/terminal.js';

test('lines are written above the changing line, which is never wider than the terminal', () => {
  let screen = '';
  const terminal = new Terminal(
    (text) => {
      screen += text;
    },
    () => 10,
  );
  terminal.line('first');
  terminal.live('0123456789');
  terminal.line('second');
  terminal.live('next');
  terminal.live(undefined);
  terminal.live(undefined);
  terminal.line('last');
  const clear = '\r\x1b[2K';
  expect(screen).toBe(`first\n012345678${clear}second\n012345678${clear}next${clear}last\n`);
});
