import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sizeInProgram } from '../../bench/footprint/builds.js';
import { grownSince } from '../../bench/footprint/page.js';
import { checkPointers, deepest, largestFrames, readable, readGraph } from '../../bench/footprint/stack.js';

describe('the comparison with the footprint page', () => {
  const page = (flash: number, ram: number) => `\
| target | flash | RAM |
| --- | ---: | ---: |
| Cortex-M4F, logs none | ${flash} | ${ram} |
`;

  it('growth of up to 2 % and smaller numbers are accepted', () => {
    expect(grownSince(page(10_000, 100), page(10_200, 90))).toEqual([]);
  });

  it('growth in any column is reported with both numbers', () => {
    expect(grownSince(page(10_000, 100), page(10_201, 100))).toEqual([
      '"Cortex-M4F, logs none" was 10000, 100 and is 10201, 100',
    ]);
    expect(grownSince(page(10_000, 0), page(10_000, 1))).toHaveLength(1);
  });

  it('a row that the page does not have is reported', () => {
    expect(grownSince('', page(1, 1))).toContain('"Cortex-M4F, logs none" is not on the page');
  });
});

describe('the linker map', () => {
  it('the size counts sections of the library that were placed, not discarded ones or those of others', () => {
    const map = `\
Discarded input sections

 .text.unused   0x00000000       0x50 tirtc/libTiRTC.a(link.c.obj)

Linker script and memory map

 .text.ti_link_dial_with_a_long_name
                0x00002b58      0x194 tirtc/libTiRTC.a(link.c.obj)
 .rodata.words  0x00003000       0x10 tirtc/libTiRTC.a(link.c.obj)
 .data.counter  0x20000000        0x4 tirtc/libTiRTC.a(polled_loop.c.obj)
 .bss.loop      0x20000004       0x20 tirtc/libTiRTC.a(polled_loop.c.obj)
 .text.tcp_input
                0x00004000      0x400 liblwip.a(tcp_in.c.obj)
`;
    expect(sizeInProgram(map)).toEqual({ flash: 0x194 + 0x10 + 4, ram: 4 + 0x20 });
  });
});

describe('the call graph', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tirtc-graph-'));
    mkdirSync(join(folder, 'native/core'), { recursive: true });
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, lines: readonly string[]) =>
    writeFileSync(join(folder, 'native/core', file), `${lines.join('\n')}\n`);
  const node = (title: string, bytes: number) =>
    `node: { title: "${title}" label: "f\\n/x/f.c:1:1\\n${bytes} bytes (static)" }`;
  const edge = (from: string, to: string) => `edge: { sourcename: "${from}" targetname: "${to}" label: "/x/f.c:2:2" }`;

  it('the deepest stack is found across files and through known pointers, without calls that leave the library', () => {
    write('a.ci', [
      node('top', 16),
      node('/r/native/core/a.c:side.isra.0', 100),
      edge('top', '/r/native/core/a.c:side.isra.0'),
      edge('top', 'ti_link_dial'),
      edge('top', 'memcpy'),
    ]);
    write('b.ci', [
      node('ti_link_dial', 64),
      node('ti_add_start_headers', 80),
      edge('ti_link_dial', '__indirect_call'),
    ]);
    const graph = readGraph(folder);
    expect(deepest(graph, 'top')).toEqual({ bytes: 160, names: ['top', 'ti_link_dial', 'ti_add_start_headers'] });
    expect(largestFrames(graph, 1).map(({ name }) => readable(name))).toEqual(['side']);
  });

  it('recursion, which has no deepest stack, is refused', () => {
    write('a.ci', [node('ping', 8), node('pong', 8), edge('ping', 'pong'), edge('pong', 'ping')]);
    expect(() => deepest(readGraph(folder), 'ping')).toThrow('recursion: ping -> pong -> ping');
  });

  it('a graph without a function that is called through a pointer is refused, as it was renamed', () => {
    write('a.ci', [node('ping', 8)]);
    expect(() => checkPointers(readGraph(folder))).toThrow('no function is ');
  });
});
