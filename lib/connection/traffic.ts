import type { TrafficByKind, TrafficKind } from '../types/index.js';

interface Count {
  count: number;
  bytes: number;
}

function counts(): Record<TrafficKind, Count> {
  const none = (): Count => ({ count: 0, bytes: 0 });
  return { video: none(), audio: none(), message: none(), command: none() };
}

/** What went over a connection and what did not, counted. */
export class Traffic {
  readonly #sent = counts();
  readonly #received = counts();
  /** Sends that found no room. */
  refusedSends = 0;

  countSent(kind: TrafficKind, bytes: number): void {
    add(this.#sent[kind], bytes);
  }

  countReceived(kind: TrafficKind, bytes: number): void {
    add(this.#received[kind], bytes);
  }

  get sent(): TrafficByKind {
    return structuredClone(this.#sent);
  }

  get received(): TrafficByKind {
    return structuredClone(this.#received);
  }
}

function add(to: Count, bytes: number): void {
  to.count += 1;
  to.bytes += bytes;
}
