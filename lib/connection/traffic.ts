import type { TrafficByKind, TrafficKind } from '../types/index.js';

interface Count {
  count: number;
  bytes: number;
}

function counts(): Record<TrafficKind, Count> {
  const none = (): Count => ({ count: 0, bytes: 0 });
  return { video: none(), audio: none(), message: none(), command: none() };
}

/** Counts what a connection sent, received and refused. */
export class Traffic {
  readonly #sent = counts();
  readonly #received = counts();
  /** Sends for which there was no room. */
  refusedSends = 0;

  countSent(kind: TrafficKind, bytes: number): void {
    add(this.#sent[kind], 1, bytes);
  }

  countReceived(kind: TrafficKind, count: number, bytes: number): void {
    add(this.#received[kind], count, bytes);
  }

  get sent(): TrafficByKind {
    return copy(this.#sent);
  }

  get received(): TrafficByKind {
    return copy(this.#received);
  }
}

function copy({ video, audio, message, command }: TrafficByKind): TrafficByKind {
  return { video: { ...video }, audio: { ...audio }, message: { ...message }, command: { ...command } };
}

function add(to: Count, count: number, bytes: number): void {
  to.count += count;
  to.bytes += bytes;
}
