import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectAsync, type IPublishPacket, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { freePort } from '../../../lib/cast/index.js';

/** A mosquitto of this test's own, without persistence; it is stopped after the test. */
export class Broker {
  readonly url: string;
  readonly #config: string;
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.url = `mqtt://127.0.0.1:${port}`;
    const folder = mkdtempSync(join(tmpdir(), 'tirtc-mosquitto-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    this.#config = join(folder, 'mosquitto.conf');
    writeFileSync(this.#config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
    onTestFinished(() => this.stop());
  }

  static async start(): Promise<Broker> {
    const broker = new Broker(await freePort());
    await broker.start();
    return broker;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn('mosquitto', ['-v', '-c', this.#config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const failed = once(child, 'error').then(([error]) => {
      throw new Error(`mosquitto cannot be run (${error}): apt-get install mosquitto`);
    });
    await Promise.race([untilRunning(child), failed]);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.pid === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async client(): Promise<MqttClient> {
    const client = await connectAsync(this.url, { protocolVersion: 5 });
    client.on('error', () => {});
    onTestFinished(() => client.endAsync(true));
    return client;
  }
}

async function untilRunning(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error('mosquitto has no standard error');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (/mosquitto version .* running/.test(line)) {
      child.stderr.resume();
      return;
    }
  }
  throw new Error(`mosquitto ended:\n${lines.join('\n')}`);
}

export interface Message {
  readonly topic: string;
  readonly text: string;
  readonly packet: IPublishPacket;
}

/** The messages of some topics, one after another as they come. */
export async function listen(client: MqttClient, topics: string): Promise<() => Promise<Message>> {
  const messages: Message[] = [];
  let arrived = (): void => {};
  client.on('message', (topic, payload, packet) => {
    messages.push({ topic, text: payload.toString(), packet });
    arrived();
  });
  await client.subscribeAsync(topics, { qos: 1 });
  return async () => {
    for (;;) {
      const message = messages.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
}
