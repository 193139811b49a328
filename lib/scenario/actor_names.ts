import { type ActorKind, SERVICE } from '../cast/index.js';
import { suggest } from '../errors/index.js';
import type { Scenario } from './schema.js';

/** The actors by name. A group of copies has the name of the group and those of the copies. */
export class ActorNames {
  readonly #kinds = new Map<string, ActorKind>([[SERVICE, 'service']]);
  readonly #copies = new Map<string, readonly string[]>();
  /** The ids of devices, and the names of groups of devices. */
  readonly #devices = new Set<string>();

  constructor({ devices = {}, clients = {}, programs = {} }: Scenario) {
    for (const [name, { copies }] of Object.entries(devices)) {
      this.#add(name, 'device', copies);
      for (const id of [...this.members(name), name]) this.#devices.add(id);
    }
    for (const [name, { copies }] of Object.entries(clients)) this.#add(name, 'client', copies);
    for (const [name, { device }] of Object.entries(programs)) {
      this.#add(name, 'program', undefined);
      if (device !== undefined) this.#devices.add(device);
    }
  }

  kind(name: string): ActorKind | undefined {
    return this.#kinds.get(name);
  }

  /** Returns the copies of a group, or the actor itself. */
  members(name: string): readonly string[] {
    return this.#copies.get(name) ?? [name];
  }

  /** Returns the names of these kinds of actors, without the copies of groups. */
  named(...kinds: readonly ActorKind[]): readonly string[] {
    const copies = new Set([...this.#copies.values()].flat());
    return [...this.#kinds].flatMap(([name, kind]) => (kinds.includes(kind) && !copies.has(name) ? [name] : []));
  }

  isDevice(id: string): boolean {
    return this.#devices.has(id);
  }

  deviceIds(): readonly string[] {
    return [...this.#devices];
  }

  /** Returns the device that copy `index` of a client connects to: copies of clients are spread over copies of devices. */
  deviceFor(device: string, index: number): string {
    const group = this.kind(device) === 'device' ? this.members(device) : [device];
    return group[index % group.length] ?? device;
  }

  whyUnknown(name: string, ...kinds: readonly ActorKind[]): string {
    const known = this.named(...kinds);
    const what = `there is no ${kinds.length === 1 ? kinds[0] : 'actor'} ${JSON.stringify(name)}`;
    if (known.length === 0) return `${what}: the scenario has none`;
    return `${what}: ${suggest(name, known)}`;
  }

  #add(name: string, kind: ActorKind, copies: number | undefined): void {
    this.#kinds.set(name, kind);
    if (copies === undefined) return;
    const members = Array.from({ length: copies }, (_, i) => `${name}-${i + 1}`);
    for (const member of members) this.#kinds.set(member, kind);
    this.#copies.set(name, members);
  }
}
