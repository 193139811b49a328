import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildConformance, buildPeer, checkTools, fetchLwip } from './support/image.js';
import { Qemu } from './support/qemu.js';

/** Its first line is "peer at ADDRESS PORT". */
async function portOf(peer: ChildProcess): Promise<number> {
  if (peer.stdout === null) throw new Error('the peer has no output');
  const [line] = (await once(createInterface(peer.stdout), 'line')) as [string];
  return Number(line.split(' ').at(-1));
}

describe('the lwIP port on mps2-an386', () => {
  let peer: ChildProcess;
  let board: Qemu;

  beforeAll(async () => {
    checkTools();
    fetchLwip();
    peer = spawn(buildPeer(), { stdio: ['ignore', 'pipe', 'inherit'] });
    board = new Qemu('an386', buildConformance('an386', await portOf(peer)));
  });

  afterAll(async () => {
    await board?.stop();
    peer?.kill();
  });

  it('the lwIP port passes the checks for every port', async () => {
    const code = await board.exited;
    expect(board.lines.filter((line) => /^(not ok|#|Bail out|panic)/.test(line))).toEqual([]);
    expect(board.lines.filter((line) => line.startsWith('ok ')).length).toBe(Number(board.lines[1]?.slice(3)));
    expect(code).toBe(0);
  });
});
