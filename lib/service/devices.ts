import type { ByeName } from '../errors/index.js';
import type { Timer } from '../types/index.js';
import { CHANNEL_CONTROL, type Control, decodeControl, encodeControl, NONCE_BYTES, WireError } from '../wire/index.js';
import type { EmitServiceEvent } from './events.js';
import { FairLimit } from './fair_limit.js';
import type { ActiveFaults } from './faults/active_faults.js';
import { type Link, type LinkEnd, NO_HANDLERS } from './link.js';
import type { RandomBytes, ServiceSettings } from './options.js';
import { sameMac, startProof } from './start_proof.js';
import type { Upgrade } from './upgrade.js';
import type { StartRequest } from './upgrade_request.js';

/** A device whose proof was verified, and that clients can call. */
export interface OnlineDevice {
  readonly deviceId: string;
  readonly startId: string | undefined;
  readonly link: Link;
  /** Ka of this start, docs/wire.md section 3. */
  readonly acceptKey: Uint8Array;
}

/** Called when something happens to an online device. */
export interface DeviceListener {
  /** The device has no room for this connection. */
  busy(device: OnlineDevice, connection: number): void;
  offline(device: OnlineDevice): void;
}

export interface DevicesContext {
  readonly settings: ServiceSettings;
  readonly random: RandomBytes;
  readonly emit: EmitServiceEvent;
  readonly faults: ActiveFaults;
}

/** A start whose proof has not arrived yet. */
interface Start {
  readonly link: Link;
  readonly request: StartRequest;
  readonly serviceNonce: Uint8Array;
  readonly upgrade: Upgrade;
  readonly timer: Timer;
}

/** The devices that the service knows, and which of them are online. */
export class Devices {
  readonly #context: DevicesContext;
  #listener: DeviceListener = { busy: () => {}, offline: () => {} };
  readonly #secrets: Map<string, string>;
  readonly #online = new Map<string, OnlineDevice>();
  /** Used for unknown devices, so that they cannot be told from a wrong proof by time or answer. */
  readonly #unknownDeviceSecret: string;
  readonly #unproven: FairLimit;

  constructor(context: DevicesContext) {
    this.#context = context;
    this.#unproven = new FairLimit(context.settings.maxUnprovenLinks);
    this.#secrets = new Map(Object.entries(context.settings.devices));
    this.#unknownDeviceSecret = Buffer.from(context.random(NONCE_BYTES)).toString('hex');
  }

  /** Device id to secret, to verify tokens. */
  get secrets(): ReadonlyMap<string, string> {
    return this.#secrets;
  }

  /** Call `listener` from now on. */
  listen(listener: DeviceListener): void {
    this.#listener = listener;
  }

  /** Returns the device if it is online. */
  online(deviceId: string): OnlineDevice | undefined {
    return this.#online.get(deviceId);
  }

  /** Returns the ids of the devices that are online. */
  ids(): readonly string[] {
    return [...this.#online.keys()];
  }

  set(deviceId: string, secret: string): void {
    this.#secrets.set(deviceId, secret);
  }

  /** Remove a device, and end its start link. Returns whether it was known. */
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
    const shortage = this.#unproven.take(upgrade.limitedAddress);
    if (shortage !== undefined) {
      upgrade.refuse(503, `the service is waiting for the proofs of too many devices: there are ${shortage}`);
      return;
    }
    const link = upgrade.accept();
    if (link === undefined) {
      this.#unproven.release(upgrade.limitedAddress);
      return;
    }
    const start: Start = {
      link,
      request,
      upgrade,
      serviceNonce: random(NONCE_BYTES),
      timer: settings.clock.startTimer(settings.proofTimeoutMs, () => {
        this.#refuse(start, 'timeout', `the device sent no proof within ${settings.proofTimeoutMs} ms`);
      }),
    };
    link.handle({
      message: (data) => this.#onProof(start, data),
      ended: (end) => {
        if (end !== 'ours') {
          upgrade.conclude('closed', `the device's link ended before its proof (${end})`);
          this.#context.emit('startRefused', { deviceId: request.deviceId, reason: 'closed' });
        }
        this.#endStart(start);
      },
    });
    link.send(encodeControl({ type: 'challenge', nonce: start.serviceNonce }));
  }

  #endStart(start: Start): void {
    start.timer.cancel();
    this.#unproven.release(start.upgrade.limitedAddress);
  }

  #onProof(start: Start, data: Uint8Array): void {
    const control = readControl(data);
    if (control === undefined) return;
    if (control === 'broken' || control.type !== 'proof') {
      start.link.fail('the first message on a start link must be a proof');
      return;
    }
    const { deviceId } = start.request;
    const known = this.#secrets.get(deviceId);
    const transcript = { ...start.request, serviceNonce: start.serviceNonce, deviceNonce: control.nonce };
    const proof = startProof(known ?? this.#unknownDeviceSecret, transcript);
    const isRight = sameMac(proof.deviceMac, control.mac);
    if (!isRight || known === undefined) {
      // The device receives the same answer in both cases; only requestLog() shows which it was.
      const why = known === undefined ? `the device ${JSON.stringify(deviceId)} is unknown` : 'the proof is wrong';
      this.#refuse(start, 'refused', why);
      return;
    }
    this.#endStart(start);
    start.link.trust();
    this.#goOnline(start, proof.acceptKey, proof.serviceMac);
  }

  #refuse({ upgrade, request }: Start, reason: ByeName, explanation: string): void {
    upgrade.bye(reason, explanation, ''); // the explanation is not sent: it may reveal which devices exist
    this.#context.emit('startRefused', { deviceId: request.deviceId, reason });
  }

  #goOnline({ link, request, upgrade }: Start, acceptKey: Uint8Array, mac: Uint8Array): void {
    const { deviceId, startId, appId, clientId } = request;
    const { emit, faults } = this.#context;
    if (faults.spoilsProof(deviceId)) {
      upgrade.conclude('scripted', 'the proof of the service is wrong on purpose');
      link.handle(NO_HANDLERS);
      this.#sendStarted(
        link,
        mac.map((byte) => byte ^ 0xff),
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
    this.#sendStarted(link, mac);
    upgrade.conclude('started');
    emit('deviceOnline', { deviceId, appId, clientId, reconnect });
  }

  #sendStarted(link: Link, mac: Uint8Array): void {
    const { startKeepAliveMs: keepAliveMs, startSilenceMs: silenceMs, maxMessageBytes } = this.#context.settings;
    link.send(encodeControl({ type: 'started', mac, keepAliveMs, silenceMs, maxMessageBytes }));
  }

  #onMessage(device: OnlineDevice, data: Uint8Array): void {
    const control = readControl(data);
    if (control === undefined) return;
    if (control !== 'broken' && control.type === 'busy') this.#listener.busy(device, control.connection);
    else device.link.fail('only link control is allowed on a start link');
  }

  #onEnded(device: OnlineDevice, end: LinkEnd): void {
    this.#listener.offline(device);
    const replaced = this.#online.get(device.deviceId) !== device;
    if (!replaced) this.#online.delete(device.deviceId);
    this.#context.emit('deviceOffline', { deviceId: device.deviceId, why: replaced ? 'replaced' : end });
  }
}

/** Decode a control message. Returns undefined if its type is unknown, `broken` if it is not a control message. */
function readControl(data: Uint8Array): Control | 'broken' | undefined {
  if (data[0] !== CHANNEL_CONTROL) return 'broken';
  try {
    return decodeControl(data.subarray(1));
  } catch (error) {
    if (error instanceof WireError) return 'broken';
    throw error;
  }
}
