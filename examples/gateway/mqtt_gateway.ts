/* Connects a device to MQTT: messages for it are sent as commands, and its answers are published.
 *
 *     . ~/.tirtc-emulator/demo.env                                            sets endpoint, device and keys
 *     npx tsx examples/gateway/mqtt_gateway.ts mqtt://127.0.0.1:1883          run until Ctrl-C
 *     MQTT_PASSWORD=... npx tsx examples/gateway/mqtt_gateway.ts mqtts://user@broker.example
 *
 *     tirtc/DEVICE_ID/command/0x4001    to the device: command 0x4001 with the payload as its data
 *     tirtc/DEVICE_ID/answer/0x4001     the answer; at the response topic instead, if the message has one (MQTT 5)
 *     tirtc/DEVICE_ID/error/0x4001      the reason why there is no answer
 *     tirtc/DEVICE_ID/event/0x4002      commands that the device sends on its own
 *     tirtc/DEVICE_ID/state             "online" or "offline", retained
 *
 * Answers and errors carry the correlation data of the message. Neither commands for an offline device nor events for
 * an unreachable broker are stored, because executing them late could do harm. */
import process from 'node:process';
import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Command, Connection } from 'tirtc-emulator';
import { keepConnected } from './keep_connected.js';
import { runProgram, TargetDevice, UsageError } from './program.js';

const USAGE = 'usage: npx tsx examples/gateway/mqtt_gateway.ts mqtt://HOST[:PORT]';
/** A command of a program, as the last part of a topic. */
const COMMAND = /^0x[4-7][0-9a-f]{3}$/i;
const MAX_PENDING = 64;

class Bridge {
  readonly #broker: MqttClient;
  readonly #base: string;
  #connection: Connection | undefined;
  #pending = 0;

  constructor(broker: MqttClient, base: string) {
    this.#broker = broker;
    this.#base = base;
  }

  /** Sends commands to this connection until it ends. */
  async use(connection: Connection): Promise<void> {
    connection.on('command', (command) => this.#publishEvent(command));
    const ended = new Promise((resolve) => connection.on('closed', resolve));
    this.#connection = connection;
    this.publishState();
    await ended;
    this.#connection = undefined;
    this.publishState();
  }

  publishState(): void {
    this.#publish('state', this.#connection === undefined ? 'offline' : 'online', { retain: true });
  }

  /** Handles a message for the device: publishes its answer or an error. */
  async handle(topic: string, payload: Buffer, { properties = {} }: IPublishPacket): Promise<void> {
    const name = topic.slice(topic.lastIndexOf('/') + 1);
    const { responseTopic, correlationData } = properties;
    const reply = correlationData === undefined ? {} : { properties: { correlationData } };
    try {
      const answer = await this.#request(name, payload);
      if (responseTopic === undefined) this.#publish(`answer/${name}`, answer.data, reply);
      else this.#publishAt(responseTopic, answer.data, reply);
    } catch (error) {
      this.#publish(`error/${name}`, error instanceof Error ? error.message : String(error), reply);
    }
  }

  async #request(name: string, payload: Buffer): Promise<Command> {
    if (!COMMAND.test(name)) throw new Error(`"${name}" is not a command: use 0x4000 to 0x7fff`);
    if (this.#connection === undefined) throw new Error('the device is not connected: send the command again later');
    if (this.#pending >= MAX_PENDING)
      throw new Error(`${MAX_PENDING} commands are waiting for answers: send fewer at a time`);
    this.#pending += 1;
    try {
      return await this.#connection.request(Number(name), payload);
    } finally {
      this.#pending -= 1;
    }
  }

  #publishEvent({ command, isResponse, data }: Command): void {
    if (!isResponse) this.#publish(`event/0x${command.toString(16)}`, data);
  }

  #publish(topic: string, payload: Uint8Array | string, options = {}): void {
    this.#publishAt(`${this.#base}/${topic}`, payload, options);
  }

  #publishAt(topic: string, payload: Uint8Array | string, options: object): void {
    if (!this.#broker.connected) return;
    this.#broker.publish(topic, Buffer.from(payload), { qos: 1, ...options }, (error) => {
      if (error) console.error(`cannot publish to ${topic}: ${error.message}`);
    });
  }
}

async function connectBroker(url: string, base: string): Promise<MqttClient> {
  const { MQTT_PASSWORD: password } = process.env;
  const options: IClientOptions = {
    protocolVersion: 5,
    ...(password === undefined ? {} : { password }),
    will: { topic: `${base}/state`, payload: Buffer.from('offline'), qos: 1, retain: true },
  };
  try {
    return await connectAsync(url, options);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new Error(`cannot connect to the MQTT broker at ${new URL(url).host}: ${message || code}`);
  }
}

function readArguments(): string {
  const [url = '', ...others] = process.argv.slice(2);
  if (!/^(mqtts?|wss?):\/\/[^/]/.test(url) || !URL.canParse(url) || others.length > 0) throw new UsageError(USAGE);
  if (new URL(url).password)
    throw new UsageError(
      'set the password in MQTT_PASSWORD, not in the URL: every user of the machine can see arguments',
    );
  return url;
}

await runProgram(async (signal) => {
  const url = readArguments();
  const device = new TargetDevice();
  const base = `tirtc/${encodeURIComponent(device.deviceId)}`;
  const broker = await connectBroker(url, base);
  const bridge = new Bridge(broker, base);
  try {
    broker.on('error', (error) => console.error(`MQTT broker: ${error.message}`));
    broker.on('offline', () => console.error('the MQTT broker is not reachable'));
    broker.on('connect', () => bridge.publishState());
    broker.on('message', (topic, payload, packet) => void bridge.handle(topic, payload, packet));
    // Exactly once (QoS 2), and without retained messages (rh 2), which would be executed at every start.
    await broker.subscribeAsync(`${base}/command/+`, { qos: 2, rh: 2 });
    bridge.publishState();
    console.log(`waiting for commands on ${base}/command/+`);
    await keepConnected(device, 'mqtt-gateway', signal, (connection) => bridge.use(connection));
  } finally {
    bridge.publishState();
    await broker.endAsync();
  }
});
