import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from './run.js';

/** A function of the library and the functions that it calls. */
interface Node {
  readonly name: string;
  readonly frame: number;
  readonly calls: Set<string>;
}

/** A chain of calls. */
export interface Path {
  readonly bytes: number;
  readonly names: readonly string[];
}

/** Calls through pointers that stay inside the library. All others go to the port or the program. */
const insidePointers: readonly { readonly from: RegExp; readonly to: RegExp }[] = [
  {
    from: /lifecycle\.c:feed|^ti_lifecycle_/,
    to: /core\/lifecycle\.c:(dial|rest|clear|report_\w+|expect_\w+)/,
  },
  { from: /^ti_link_dial|link\.c:(make|build)_head/, to: /^ti_add_\w+_headers/ },
  { from: /^tirtc_loop_poll|polled\/polled_loop\.c:step/, to: /^ti_dispatch/ },
];

const plain = (title: string) => title.replace(/^.*\/native\//, '');

/** Reads the call graph of all objects below a folder, written by gcc's -fcallgraph-info=su. */
export function readGraph(folder: string): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  const files = run('find', [folder, '-path', '*/native/*', '-name', '*.ci']).trim().split('\n');
  for (const text of files.map((file) => readFileSync(file, 'utf8'))) {
    for (const [, title, bytes] of text.matchAll(/^node: \{ title: "([^"]+)" label: "[^"]*\\n(\d+) bytes/gm)) {
      nodes.set(plain(title ?? ''), { name: plain(title ?? ''), frame: Number(bytes), calls: new Set() });
    }
  }
  for (const text of files.map((file) => readFileSync(file, 'utf8'))) {
    for (const [, from, to] of text.matchAll(/^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/gm)) {
      const caller = nodes.get(plain(from ?? ''));
      const pointers =
        to === '__indirect_call' ? insidePointers.filter((known) => known.from.test(caller?.name ?? '')) : [];
      const callees = pointers.flatMap((known) => [...nodes.keys()].filter((name) => known.to.test(name)));
      for (const callee of [plain(to ?? ''), ...callees]) caller?.calls.add(callee);
    }
  }
  return nodes;
}

/** Throws when a function that calls through a pointer, or one that is called so, is not in the graph: it was renamed. */
export function checkPointers(graph: ReadonlyMap<string, Node>): void {
  const names = [...graph.keys()];
  for (const pattern of insidePointers.flatMap(({ from, to }) => [from, to])) {
    if (!names.some((name) => pattern.test(name)))
      throw new Error(`bench/footprint/stack.ts: no function is ${pattern}`);
  }
}

/** Returns the deepest chain of calls from a function, without the C library, the port and the program's callbacks. */
export function deepest(graph: ReadonlyMap<string, Node>, name: string, above: readonly string[] = []): Path {
  const node = graph.get(name);
  if (node === undefined) return { bytes: 0, names: [] };
  if (above.includes(name)) throw new Error(`recursion: ${[...above, name].join(' -> ')}`);
  let below: Path = { bytes: 0, names: [] };
  for (const callee of node.calls) {
    const path = deepest(graph, callee, [...above, name]);
    if (path.bytes > below.bytes) below = path;
  }
  return { bytes: node.frame + below.bytes, names: [name, ...below.names] };
}

/** Returns the functions with the largest frames, largest first. */
export function largestFrames(graph: ReadonlyMap<string, Node>, count: number): readonly Node[] {
  return [...graph.values()].sort((a, b) => b.frame - a.frame || a.name.localeCompare(b.name)).slice(0, count);
}

/** Returns "link.c:send_ring.isra.0" as the name in the source. */
export const readable = (name: string) =>
  basename(name)
    .replace(/^.*:/, '')
    .replace(/\.(isra|constprop|part)\..*$/, '');
