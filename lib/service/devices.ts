import type { ByeName } from '../errors/index.js';
import type { Timer } from '../types/index.js';
import { CHANNEL_CONTROL, type Control, decodeControl, encodeControl, NONCE_BYTES, WireError } from '../wire/index.js';
import type { EmitServiceEvent } from './events.js';
import type { ActiveFaults } from './faults/active_faults.js';
import { type Link, type LinkEnd, NO_HANDLERS } from './link.js';
import type { RandomBytes, ServiceSettings } from './options.js';
import { sameMac, startProof } from './start_proof.js';
import type { Upgrade } from './upgrade.js';
import type { StartRequest } from './upgrade_request.js';

/** A device that has proven itself and listens for clients. */
export interface OnlineDevice {
  readonly deviceId: string;
  readonly startId: string | undefined;
  readonly link: Link;
  /** Ka of this start. */
  readonly acceptKey: Uint8Array;
}

/** What Connections does when something happens to a device. */
export interface DeviceListener {
  busy(device: OnlineDevice, connection: number): void;
  offline(device: OnlineDevice): void;
}

export interface DevicesContext {
  readonly settings: ServiceSettings;
  readonly random: RandomBytes;
  readonly emit: EmitServiceEvent;
  readonly faults: ActiveFaults;
}

/** A start on its way: challenged, not yet proven. */
interface Start {
  readonly link: Link;
  readonly request: StartRequest;
  readonly serviceNonce: Uint8Array;
  readonly upgrade: Upgrade;
  readonly timer: Timer;
}

/** The devices the service knows, and those of them that are online. */
export class Devices {
  readonly #context: DevicesContext;
  #listener: DeviceListener = { busy: () => {}, offline: () => {} };
  readonly #secrets: Map<string, string>;
  readonly #online = new Map<string, OnlineDevice>();
  /** Stands in for the secret of unknown devices, so that they cost and look the same as a wrong proof. */
  readonly #unknownDeviceSecret: string;
  #unproven = 0;

  constructor(context: DevicesContext) {
    this.#context = context;
    this.#secrets = new Map(Object.entries(context.settings.devices));
    this.#unknownDeviceSecret = Buffer.from(context.random(NONCE_BYTES)).toString('hex');
  }

  /** Device id to secret, for tokens. */
  get secrets(): ReadonlyMap<string, string> {
    return this.#secrets;
  }

  /** Call `listener` from now on. */
  listen(listener: DeviceListener): void {
    this.#listener = listener;
  }

  online(deviceId: string): OnlineDevice | undefined {
    return this.#online.get(deviceId);
  }

  ids(): readonly string[] {
    return [...this.#online.keys()];
  }

  set(deviceId: string, secret: string): void {
    this.#secrets.set(deviceId, secret);
  }

  /** Forget a device; when it is online it is refused. */
  remove(deviceId: string): boolean {
    this.#online.get(deviceId)?.link.bye('refused', 'the device was removed');
    return this.#secrets.delete(deviceId);
  }

  /** Cut the start link of a device as a broken network does. Returns whether it was online. */
  drop(deviceId: string): boolean {
    const device = this.#online.get(deviceId);
    device?.link.terminate();
    return device !== undefined;
  }

  /** Accept the start link of a device, and challenge it. */
  start(request: StartRequest, upgrade: Upgrade): void {
    const { random, settings } = this.#context;
    if (this.#unproven >= settings.maxUnprovenLinks) {
      upgrade.refuse(503, `${settings.maxUnprovenLinks} devices are proving themselves already`);
      return;
    }
    const link = upgrade.accept();
    if (link === undefined) return;
    this.#unproven += 1;
    const start: Start = {
      link,
      request,
      upgrade,
      serviceNonce: random(NONCE_BYTES),
      timer: settings.clock.startTimer(settings.proofTimeoutMs, () => {
        this.#refuse(start, 'timeout', `no proof within ${settings.proofTimeoutMs} ms`);
      }),
    };
    link.handle({
      message: (data) => this.#onProof(start, data),
      ended: (end) => {
        if (end !== 'ours') {
          upgrade.conclude('closed', `the link ended before the proof (${end})`);
          this.#context.emit('startRefused', { deviceId: request.deviceId, reason: 'closed' });
        }
        this.#leave(start);
      },
    });
    link.send(encodeControl({ type: 'challenge', nonce: start.serviceNonce }));
  }

  #leave(start: Start): void {
    start.timer.cancel();
    this.#unproven -= 1;
  }

  #onProof(start: Start, data: Uint8Array): void {
    const control = readControl(data);
    if (control === undefined) return;
    if (control === 'broken' || control.type !== 'proof') {
      start.link.fail('a start link begins with a proof');
      return;
    }
    const { deviceId } = start.request;
    const known = this.#secrets.get(deviceId);
    const transcript = { ...start.request, serviceNonce: start.serviceNonce, deviceNonce: control.nonce };
    const proofs = startProof(known ?? this.#unknownDeviceSecret, transcript);
    const holds = sameMac(proofs.deviceMac, control.mac);
    if (!holds || known === undefined) {
      // The device hears the same in both cases; requestLog() may tell them apart.
      const why =
        known === undefined ? `the device ${JSON.stringify(deviceId)} is not known here` : 'the proof is wrong';
      this.#refuse(start, 'refused', why);
      return;
    }
    this.#leave(start);
    this.#goOnline(start, proofs.acceptKey, proofs.serviceMac);
  }

  #refuse({ upgrade, request }: Start, reason: ByeName, explanation: string): void {
    upgrade.bye(reason, explanation, ''); // the explanation is not for the device
    this.#context.emit('startRefused', { deviceId: request.deviceId, reason });
  }

  #goOnline({ link, request, upgrade }: Start, acceptKey: Uint8Array, mac: Uint8Array): void {
    const { deviceId, startId, appId, clientId } = request;
    const { settings, emit, faults } = this.#context;
    if (faults.spoilsProof(deviceId)) {
      upgrade.conclude('scripted', 'the proof of the service is wrong on purpose');
      link.handle(NO_HANDLERS);
      link.send(
        startedMessage(
          mac.map((byte) => byte ^ 0xff),
          settings,
        ),
      );
      return;
    }
    const older = this.#online.get(deviceId);
    const reconnect = older !== undefined && startId !== undefined && older.startId === startId;
    const device: OnlineDevice = { deviceId, startId, link, acceptKey };
    this.#online.set(deviceId, device);
    if (reconnect) older.link.terminate();
    else older?.link.bye('replaced', 'a newer start of this device id took over');
    link.handle({
      message: (data) => this.#onMessage(device, data),
      ended: (end) => this.#onEnded(device, end),
    });
    link.send(startedMessage(mac, settings));
    upgrade.conclude('started');
    emit('deviceOnline', { deviceId, appId, clientId, reconnect });
  }

  #onMessage(device: OnlineDevice, data: Uint8Array): void {
    const control = readControl(data);
    if (control === undefined) return;
    if (control !== 'broken' && control.type === 'busy') this.#listener.busy(device, control.connection);
    else device.link.fail('a start link carries only link control after its proof');
  }

  #onEnded(device: OnlineDevice, end: LinkEnd): void {
    this.#listener.offline(device);
    const replaced = this.#online.get(device.deviceId) !== device;
    if (!replaced) this.#online.delete(device.deviceId);
    this.#context.emit('deviceOffline', { deviceId: device.deviceId, why: replaced ? 'replaced' : end });
  }
}

function startedMessage(mac: Uint8Array, settings: ServiceSettings): Uint8Array {
  return encodeControl({
    type: 'started',
    mac,
    keepAliveMs: settings.startKeepAliveMs,
    silenceMs: settings.startSilenceMs,
    maxMessageBytes: settings.maxMessageBytes,
  });
}

/** A control message; undefined for one of an unknown type, `broken` for anything else. */
function readControl(data: Uint8Array): Control | 'broken' | undefined {
  if (data[0] !== CHANNEL_CONTROL) return 'broken';
  try {
    return decodeControl(data.subarray(1));
  } catch (error) {
    if (error instanceof WireError) return 'broken';
    throw error;
  }
}
