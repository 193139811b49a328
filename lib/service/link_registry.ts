import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Timer } from '../types/index.js';
import type { ActiveFaults } from './faults/active_faults.js';
import { Link, type LinkSettings } from './link.js';
import type { ServiceSettings } from './options.js';
import { deviceOf, type UpgradeRequest } from './upgrade_request.js';

const MIN_TICK_MS = 5;
const MAX_TICK_MS = 500;

/** All open links. One timer checks all of them for silence: twenty thousand links cost a pass twice a second instead of a
 *  timer each. */
export class LinkRegistry {
  readonly #settings: ServiceSettings;
  /** For start links, which have intervals of their own. */
  readonly #startSettings: LinkSettings;
  readonly #faults: ActiveFaults;
  readonly #links = new Set<Link>();
  readonly #tickMs: number;
  #timer: Timer | undefined;

  constructor(settings: ServiceSettings, faults: ActiveFaults) {
    const { keepAliveMs, silenceMs, startKeepAliveMs, startSilenceMs } = settings;
    const shortestMs = Math.min(keepAliveMs, silenceMs, startKeepAliveMs, startSilenceMs);
    this.#settings = settings;
    this.#startSettings = { ...settings, keepAliveMs: startKeepAliveMs, silenceMs: startSilenceMs };
    this.#faults = faults;
    this.#tickMs = Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, Math.floor(shortestMs / 8)));
  }

  /** Number of open links. */
  get size(): number {
    return this.#links.size;
  }

  /** Make a link of an upgraded socket. */
  open(request: UpgradeRequest, ws: WebSocket, socket: Duplex): Link {
    const link = new Link(ws, socket, request.link === 'start' ? this.#startSettings : this.#settings);
    this.#links.add(link);
    ws.once('close', () => this.#links.delete(link));
    this.#faults.watch(request.link, deviceOf(request), socket);
    this.#timer ??= this.#startTick();
    return link;
  }

  /** Send bye(stopping) on every link. */
  byeAll(): void {
    for (const link of this.#links) link.bye('stopping', 'the service is stopping');
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Cut every link without a bye. */
  cutAll(): void {
    for (const link of this.#links) link.terminate();
  }

  #startTick(): Timer {
    return this.#settings.clock.startTimer(this.#tickMs, () => {
      const nowMs = this.#settings.clock.nowMs();
      for (const link of this.#links) link.checkLiveness(nowMs);
      this.#timer = this.#links.size === 0 ? undefined : this.#startTick();
    });
  }
}
