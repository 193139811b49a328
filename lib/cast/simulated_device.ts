import { join } from 'node:path';
import { SafeEmitter, systemClock } from '../base/index.js';
import { Device, type DeviceLoop, type DeviceOptions, type StartOptions } from '../device/index.js';
import { invalidParameter } from '../errors/index.js';
import type { ReceivedStreamReport } from '../media/index.js';
import type { Clock, Connection } from '../types/index.js';
import { MAX_STREAMS } from '../wire/index.js';
import type { CommandRule } from './command_answers.js';
import {
  type BehaviourEvent,
  DeviceBehaviour,
  type SentStreamReport,
  type SimulatedStream,
  type SubscribeRule,
} from './device_behaviour.js';

export interface SimulatedDeviceOptions extends DeviceOptions {
  readonly streams?: readonly SimulatedStream[];
  /** The answers to commands. Default: none. */
  readonly commands?: CommandRule;
  /** Which peer may have which stream. Default: all peers, all streams that exist. */
  readonly acceptSubscription?: SubscribeRule;
  /** The folder for media from peers: it gets a folder for each connection, with a file for each stream and its index. */
  readonly recordTo?: string;
}

/** One peer of a simulated device. */
export interface SimulatedPeer {
  /** 1 for the first connection, and so on. */
  readonly number: number;
  /** From the peer's token. */
  readonly subject: string;
  readonly connection: Connection;
}

export interface PeerReport {
  readonly number: number;
  readonly subject: string;
  readonly sent: readonly SentStreamReport[];
  readonly received: readonly ReceivedStreamReport[];
}

export interface SimulatedDeviceEvents {
  readonly connected: (peer: SimulatedPeer) => void;
  readonly event: (peer: SimulatedPeer, event: BehaviourEvent) => void;
  /** The `error` of its connection is the reason, unless the device closed it. */
  readonly disconnected: (peer: SimulatedPeer, report: PeerReport) => void;
  /** An operation of the device failed, or a script or listener of the program did. */
  readonly error: (error: unknown) => void;
}

/** A native device with media, answers to commands, and a recorder. `device` is the device itself, for everything else: its
 *  events, connect(), ref(). */
export class SimulatedDevice extends SafeEmitter<SimulatedDeviceEvents> implements AsyncDisposable {
  readonly device: Device;
  readonly #behaviours = new Map<SimulatedPeer, DeviceBehaviour>();
  #count = 0;

  constructor(options: SimulatedDeviceOptions, clock: Clock = systemClock, loop?: () => DeviceLoop) {
    super();
    const { streams = [], commands, acceptSubscription = ({ exists }) => exists, recordTo, ...rest } = options;
    checkStreams(streams);
    this.device = new Device(rest, clock, loop);
    this.device.on('error', (error) => this.reportError(error));
    this.device.on('connection', (connection, { subject }) => {
      this.#count += 1;
      const peer = { number: this.#count, subject, connection };
      const behaviour = new DeviceBehaviour({
        connection,
        subject,
        streams,
        clock,
        commands,
        acceptSubscription,
        recordTo: recordTo === undefined ? undefined : join(recordTo, `connection-${peer.number}`),
        onEvent: (event) => this.emit('event', peer, event),
        reportError: (error) => this.reportError(error),
      });
      this.#behaviours.set(peer, behaviour);
      connection.once('closed', () => {
        this.#behaviours.delete(peer);
        this.emit('disconnected', peer, reportOf(peer, behaviour));
      });
      this.emit('connected', peer);
    });
  }

  start(options?: StartOptions): Promise<void> {
    return this.device.start(options);
  }

  stop(): Promise<void> {
    return this.device.stop();
  }

  close(): Promise<void> {
    return this.device.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Returns the reports of the connected peers. */
  report(): readonly PeerReport[] {
    return [...this.#behaviours].map(([peer, behaviour]) => reportOf(peer, behaviour));
  }
}

function reportOf({ number, subject }: SimulatedPeer, behaviour: DeviceBehaviour): PeerReport {
  return { number, subject, sent: behaviour.sent(), received: behaviour.received() };
}

function checkStreams(streams: readonly SimulatedStream[]): void {
  const seen = new Set<number>();
  for (const { stream } of streams) {
    if (!Number.isInteger(stream) || stream < 0 || stream >= MAX_STREAMS) {
      throw invalidParameter(`stream ${stream} does not exist`, `use a whole number from 0 to ${MAX_STREAMS - 1}`);
    }
    if (seen.has(stream)) {
      throw invalidParameter(
        `stream ${stream} is used twice`,
        'give every stream its own number, also audio and video',
      );
    }
    seen.add(stream);
  }
}
