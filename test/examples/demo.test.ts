import { describe, expect, test } from 'vitest';
import { PATIENT, runDemo } from './support.js';

describe('npm run demo', PATIENT, () => {
  test('the demo runs both clients through every step and exits with 0', async () => {
    const demo = runDemo({});
    expect(await demo.exit, demo.text).toBe(0);
    for (const client of ['TypeScript', 'C']) {
      const told = demo.lines.filter((line) => new RegExp(` s  ${client} `).test(line)).join('\n');
      expect(told).toMatch(/✓ connected to demo-camera in \d+ ms/);
      expect(told).toMatch(/✓ video: 120 frames, 208,189 bytes, identical/);
      expect(told).toMatch(/✓ audio: 400 frames, 64,000 bytes, identical/);
      expect(told).toMatch(/✓ command "hello from \w+" answered in [\d.]+ ms/);
      expect(told).toMatch(/disconnected$/);
    }
    expect(demo.text).toContain('544,378 bytes through the service, identical to the files');
    expect(demo.text).not.toContain('\x1b');
    expect(demo.text).not.toMatch(/v1\.[A-Za-z0-9_-]{8}/);
  });

  test('the demo says what went wrong and exits with 1', async () => {
    const demo = runDemo({ TIRTC_ADDON: '/nowhere/tirtc.node' });
    expect(await demo.exit).toBe(1);
    expect(demo.text).toContain('✗ the native part of tirtc-emulator could not be loaded');
  });

  test('the demo exits with 1 when it is interrupted', async () => {
    const demo = runDemo({});
    await demo.line(/Ada subscribed to audio/);
    demo.interrupt('SIGINT');
    expect(await demo.exit).toBe(1);
    expect(demo.lines.at(-1) || demo.lines.at(-2)).toContain('✗ interrupted by SIGINT');
    expect(demo.text).not.toContain('a handler failed');
  });
});
