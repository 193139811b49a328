import type { ByeName } from '../../errors/index.js';
import type { LinkName } from '../../wire/index.js';

/** When a fault holds. It begins at once and holds until it is lifted, unless these say otherwise. */
export interface FaultTiming {
  /** It begins so much later. */
  readonly afterMs?: number;
  /** It is lifted by itself so long after it began. */
  readonly forMs?: number;
}

/** Whose links are opened: all that are not ruled out. */
export interface UpgradeTarget extends FaultTiming {
  /** Device id; of a client, the device it asks for. */
  readonly device?: string;
  readonly link?: LinkName;
  /** It is lifted once it has met so many. */
  readonly times?: number;
}

/** Which links that are open, or will be: all that are not ruled out. */
export interface LinkTarget extends FaultTiming {
  readonly device?: string;
  /** The number of a connection that is open now. */
  readonly connection?: number;
  /** `start`: of a device; `accept`: the device's half of a connection; `connect`: the client's. */
  readonly link?: LinkName;
  /** Bytes to the service, to the peer, or both, which is the default. */
  readonly towards?: 'service' | 'peer' | 'both';
}

/** Something that goes wrong on purpose. Plain data: it can be written in JSON. */
export type Fault =
  /** Answer with an HTTP status (503), or open the link and say `bye`. */
  | (UpgradeTarget & { readonly kind: 'refuse'; readonly status?: number; readonly bye?: ByeName })
  | (UpgradeTarget & { readonly kind: 'redirect'; readonly location: string; readonly status?: number })
  /** Close the TCP connection instead of an answer. */
  | (UpgradeTarget & { readonly kind: 'hangUp' })
  | (UpgradeTarget & { readonly kind: 'answerSlowly'; readonly delayMs: number })
  | (UpgradeTarget & { readonly kind: 'neverAnswer' })
  /** The service proves itself to a device with a wrong MAC, as somebody would who does not know the secret. */
  | (FaultTiming & { readonly kind: 'wrongProof'; readonly device?: string; readonly times?: number })
  | { readonly kind: 'dropStartLink'; readonly device: string; readonly afterMs?: number }
  /** Links break: those of a connection, or all of a device. */
  | {
      readonly kind: 'cut';
      readonly device?: string;
      readonly connection?: number;
      readonly link?: LinkName;
      readonly afterMs?: number;
    }
  /** A device is gone from one moment to the next: all its links end without a close frame. */
  | { readonly kind: 'kill'; readonly device: string; readonly afterMs?: number }
  /** Nothing passes, and nobody is told. */
  | (LinkTarget & { readonly kind: 'stall' })
  | (LinkTarget & { readonly kind: 'delay'; readonly delayMs: number })
  /** Each piece is late by 0 to `jitterMs`; the order stays. */
  | (LinkTarget & { readonly kind: 'jitter'; readonly jitterMs: number })
  | (LinkTarget & { readonly kind: 'throttle'; readonly bytesPerSecond: number })
  /** One bit in about every `everyBytes` bytes is turned over. */
  | (LinkTarget & { readonly kind: 'corrupt'; readonly everyBytes: number })
  /** So many bytes still pass, then the link breaks, be it in the middle of a message. */
  | (LinkTarget & { readonly kind: 'truncate'; readonly afterBytes: number })
  /** Tickets are no longer good: those of a device, of an app, or all. */
  | { readonly kind: 'expireTickets'; readonly device?: string; readonly app?: string; readonly afterMs?: number }
  /** A token that was used is taken again, as by a service that forgets. */
  | (FaultTiming & { readonly kind: 'replayToken'; readonly device?: string })
  /** The service is gone without a goodbye; when this is lifted it listens at the same port again. What it knew it
   *  knows. */
  | (FaultTiming & { readonly kind: 'down' });

/** The names of all faults. */
export type FaultKind = Fault['kind'];

type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;

export type UpgradeFault = FaultOf<'refuse' | 'redirect' | 'hangUp' | 'answerSlowly' | 'neverAnswer'>;
export type Impairment = FaultOf<'stall' | 'delay' | 'jitter' | 'throttle' | 'corrupt' | 'truncate'>;

export function isUpgradeFault(fault: Fault): fault is UpgradeFault {
  return ['refuse', 'redirect', 'hangUp', 'answerSlowly', 'neverAnswer'].includes(fault.kind);
}

export function isImpairment(fault: Fault): fault is Impairment {
  return ['stall', 'delay', 'jitter', 'throttle', 'corrupt', 'truncate'].includes(fault.kind);
}
