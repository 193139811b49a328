import {
  type ActorKind,
  type Duration,
  durationMs,
  EVENTS,
  FAILURE_CODES,
  readCommand,
  readCommandTable,
  SERVICE,
  TEMPLATES,
} from '../cast/index.js';
import { suggest } from '../errors/index.js';
import { checkFault } from '../service/index.js';
import { ActorNames } from './actor_names.js';
import { hasPrograms, PROGRAMS_ARE_REAL } from './scenario_time.js';
import type { ActionName, Actions, Scenario, Step } from './schema.js';
import type { Path, Problem } from './source.js';

export const DEFAULT_TIMEOUT_MS = 60_000;

/** Returns the problems of a scenario of the right shape: unknown names, deadlines that cannot be met. */
export function checkMeaning(scenario: Scenario): readonly Problem[] {
  return new Check(scenario).problems;
}

class Check {
  readonly problems: Problem[] = [];
  readonly #scenario: Scenario;
  readonly #names: ActorNames;
  readonly #timeoutMs: number;
  readonly #faults = new Set<string>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#names = new ActorNames(scenario);
    this.#timeoutMs = durationMs(scenario.timeout ?? DEFAULT_TIMEOUT_MS);
    if (this.#timeoutMs === 0) this.#add(['timeout'], 'a run needs time: use a duration such as "60s"');
    if (scenario.time === 'virtual' && hasPrograms(scenario)) this.#add(['time'], PROGRAMS_ARE_REAL);
    this.#checkNames();
    this.#checkDevices();
    this.#checkClients();
    this.#checkPrograms();
    const waitsMs = this.#checkSteps(scenario.steps, ['steps']);
    if (waitsMs > this.#timeoutMs) {
      this.#add(['steps'], `the waits alone take ${waitsMs} ms, and the timeout of the run is ${this.#timeoutMs} ms`);
    }
  }

  #add(path: Path, message: string, atKey = false): void {
    this.problems.push({ path, message, atKey });
  }

  #checkNames(): void {
    const seen = new Map<string, string>([[SERVICE, 'the service']]);
    for (const section of ['devices', 'clients', 'programs'] as const) {
      for (const name of Object.keys(this.#scenario[section] ?? {})) {
        const other = seen.get(name);
        if (other !== undefined) {
          this.#add([section, name], `${JSON.stringify(name)} is already the name of ${other}: use another`, true);
        }
        seen.set(name, `one of the ${section}`);
        for (const copy of this.#names.members(name)) if (copy !== name) seen.set(copy, `a copy among the ${section}`);
      }
    }
  }

  #checkDevices(): void {
    for (const [name, { streams = [], commands }] of Object.entries(this.#scenario.devices ?? {})) {
      streams.forEach(({ stream }, i) => {
        if (streams.findIndex((other) => other.stream === stream) < i) {
          this.#add(
            ['devices', name, 'streams', i, 'stream'],
            `stream ${stream} is used twice: give each stream its own number`,
          );
        }
      });
      if (commands !== undefined) this.#try(['devices', name, 'commands'], () => readCommandTable(commands));
    }
  }

  #checkClients(): void {
    for (const [name, { device, timeout }] of Object.entries(this.#scenario.clients ?? {})) {
      this.#checkDeviceId(device, ['clients', name, 'device']);
      this.#checkPositive(timeout, ['clients', name, 'timeout']);
    }
  }

  #checkPrograms(): void {
    for (const [name, { run, device, connectsTo, env = {} }] of Object.entries(this.#scenario.programs ?? {})) {
      const at = ['programs', name];
      if (device !== undefined && this.#scenario.devices?.[device] !== undefined) {
        this.#add([...at, 'device'], `${JSON.stringify(device)} is already the id of a simulated device: use another`);
      }
      if (connectsTo !== undefined) this.#checkDeviceId(connectsTo, [...at, 'connectsTo']);
      const needs: Readonly<Record<string, string | undefined>> = {
        ...{ deviceId: device, deviceSecretKey: device },
        ...{ remoteId: connectsTo, token: connectsTo },
      };
      const texts: readonly (readonly [Path, string])[] = [
        ...run.map((text, i) => [[...at, 'run', i], text] as const),
        ...Object.entries(env).map(([key, text]) => [[...at, 'env', key], text] as const),
      ];
      for (const [path, text] of texts) {
        for (const [, template = ''] of text.matchAll(/\{\{(.*?)\}\}/g)) {
          if (!TEMPLATES.includes(template)) {
            this.#add(path, `{{${template}}} is unknown: ${suggest(template, TEMPLATES)}`);
          } else if (Object.hasOwn(needs, template) && needs[template] === undefined) {
            const key = template.startsWith('device') ? 'device' : 'connectsTo';
            this.#add(path, `{{${template}}} has no value: give the program "${key}"`);
          }
        }
      }
    }
  }

  /** Returns the ms that the steps wait in any case. */
  #checkSteps(steps: readonly Step[], path: Path): number {
    return steps.reduce((totalMs, step, i) => totalMs + this.#checkStep(step, [...path, i]), 0);
  }

  #checkStep(step: Step, at: Path): number {
    if (typeof step === 'function') return 0;
    const [name = 'wait'] = Object.keys(step) as ActionName[];
    const path = [...at, name];
    const given = (step as Partial<Actions>)[name];
    const within = typeof given === 'object' && 'within' in given ? given.within : undefined;
    this.#checkWithin(within, [...path, 'within']);
    return this.#checkAction(step as Partial<Actions>, path);
  }

  #checkAction(step: Partial<Actions>, path: Path): number {
    if (step.start !== undefined) this.#checkStart(step.start, path);
    if (step.stop !== undefined) this.#checkEach(step.stop, path, 'service', 'device', 'program');
    if (step.kill !== undefined) this.#checkActor(step.kill, path, 'program');
    if (step.connect !== undefined) this.#checkConnect(step.connect, path);
    if (step.disconnect !== undefined) this.#checkEach(step.disconnect, path, 'client');
    for (const name of ['subscribe', 'unsubscribe', 'keyFrame', 'receive'] as const) {
      const action = step[name];
      if (action === undefined) continue;
      this.#checkActor(action.client, [...path, 'client'], 'client');
      if ((action.video === undefined) === (action.audio === undefined)) {
        this.#add(path, 'one stream is required: "video" or "audio" and its number');
      }
    }
    const { receive, request } = step;
    if (receive?.keyFrames !== undefined && receive.keyFrames > (receive.frames ?? receive.keyFrames)) {
      this.#add([...path, 'keyFrames'], `${receive.keyFrames} of ${receive.frames} frames cannot be key frames`);
    }
    if (request !== undefined) {
      this.#checkActor(request.client, [...path, 'client'], 'client');
      this.#try([...path, 'command'], () => readCommand(String(request.command)));
    }
    if (step.expect !== undefined) this.#checkEvent(step.expect, path);
    if (step.never !== undefined) this.#checkEvent(step.never, path);
    if (step.fault !== undefined) this.#checkFault(step.fault, path);
    if (step.lift !== undefined && !this.#faults.has(step.lift)) {
      const known = [...this.#faults];
      const help = known.length === 0 ? 'name an earlier fault by "as: NAME"' : suggest(step.lift, known);
      this.#add(path, `no earlier fault is named ${JSON.stringify(step.lift)}: ${help}`);
    }
    if (step.repeat !== undefined) {
      return step.repeat.times * this.#checkSteps(step.repeat.steps, [...path, 'steps']);
    }
    if (step.parallel !== undefined) {
      return Math.max(...step.parallel.map((one, i) => this.#checkStep(one, [...path, i])));
    }
    if (step.never !== undefined) return durationMs(step.never.during);
    return step.wait === undefined ? 0 : durationMs(step.wait);
  }

  #checkStart(start: Actions['start'], path: Path): void {
    if (typeof start === 'string' || Array.isArray(start)) {
      this.#checkEach(start as string | readonly string[], path, 'service', 'device', 'program');
      return;
    }
    const { actor, fails, wait } = start as Extract<Actions['start'], { readonly actor: string }>;
    this.#checkActor(actor, [...path, 'actor'], 'service', 'device', 'program');
    this.#checkCode(fails, [...path, 'fails']);
    if (fails !== undefined && this.#names.kind(actor) !== 'device') {
      this.#add([...path, 'fails'], 'only the start of a device can be expected to fail');
    }
    if (fails !== undefined && wait === false) {
      this.#add([...path, 'wait'], 'an expected failure must be waited for: remove "wait"');
    }
  }

  #checkConnect(connect: Actions['connect'], path: Path): void {
    const full = typeof connect === 'string' ? { client: connect } : connect;
    this.#checkActor(full.client, typeof connect === 'string' ? path : [...path, 'client'], 'client');
    this.#checkCode(full.fails, [...path, 'fails']);
    if (full.cancelAfter !== undefined && full.fails !== undefined) {
      this.#add([...path, 'fails'], 'a cancelled connect may also succeed: remove "fails"');
    }
    const { token } = full;
    if (token === undefined) return;
    const at = [...path, 'token'];
    if (full.with !== undefined && full.with !== 'token')
      this.#add(at, `"token" cannot be combined with ${full.with}: remove one of them`);
    if (token.device !== undefined) this.#checkDeviceId(token.device, [...at, 'device']);
    if (token.ttl !== undefined && (durationMs(token.ttl) < 1000 || durationMs(token.ttl) % 1000 !== 0)) {
      this.#add([...at, 'ttl'], 'a token is valid for whole seconds: use at least "1s"');
    }
  }

  #checkEvent({ actor, event, where = {} }: Pick<Actions['expect'], 'actor' | 'event' | 'where'>, path: Path): void {
    if (!this.#checkActor(actor, [...path, 'actor'], 'service', 'device', 'client', 'program')) return;
    const kind = this.#names.kind(actor) ?? 'service';
    const events = EVENTS[kind];
    const fields = Object.hasOwn(events, event) ? events[event] : undefined;
    if (fields === undefined) {
      const help = suggest(event, Object.keys(events));
      this.#add([...path, 'event'], `a ${kind} does not emit ${JSON.stringify(event)}: ${help}`);
      return;
    }
    for (const [name, value] of Object.entries(where)) {
      if (!fields.includes(name)) {
        const help = fields.length === 0 ? 'it has no details' : suggest(name, fields);
        this.#add([...path, 'where', name], `the event ${event} has no ${JSON.stringify(name)}: ${help}`, true);
      }
      const [, pattern] = /^\/(.*)\/$/s.exec(String(value)) ?? [];
      if (pattern !== undefined) this.#try([...path, 'where', name], () => new RegExp(pattern, 'u'));
    }
  }

  #checkFault({ as, ...fault }: Actions['fault'], path: Path): void {
    this.#try(path, () => checkFault(fault));
    if ('device' in fault && fault.device !== undefined) this.#checkDeviceId(fault.device, [...path, 'device']);
    if (as !== undefined) this.#faults.add(as);
  }

  #checkEach(names: string | readonly string[], path: Path, ...kinds: readonly ActorKind[]): void {
    if (typeof names === 'string') this.#checkActor(names, path, ...kinds);
    else for (const [i, name] of names.entries()) this.#checkActor(name, [...path, i], ...kinds);
  }

  #checkActor(name: string, path: Path, ...kinds: readonly ActorKind[]): boolean {
    const kind = this.#names.kind(name);
    if (kind !== undefined && kinds.includes(kind)) return true;
    const isOther = kind !== undefined;
    const other = `${JSON.stringify(name)} is a ${kind}: name a ${kinds.join(' or a ')}`;
    this.#add(path, isOther ? other : this.#names.whyUnknown(name, ...kinds));
    return false;
  }

  #checkDeviceId(id: string, path: Path): void {
    if (this.#names.isDevice(id)) return;
    const known = this.#names.deviceIds();
    const help = known.length === 0 ? 'the scenario has none' : suggest(id, known);
    this.#add(path, `there is no device ${JSON.stringify(id)}: ${help}`);
  }

  #checkCode(code: string | undefined, path: Path): void {
    if (code === undefined || FAILURE_CODES.includes(code)) return;
    this.#add(path, `there is no failure code ${JSON.stringify(code)}: ${suggest(code, FAILURE_CODES)}`);
  }

  #checkPositive(duration: Duration | undefined, path: Path): void {
    if (duration !== undefined && durationMs(duration) === 0)
      this.#add(path, 'the duration must not be 0: use one such as "5s"');
  }

  #checkWithin(within: Duration | undefined, path: Path): void {
    this.#checkPositive(within, path);
    if (within === undefined || durationMs(within) <= this.#timeoutMs) return;
    this.#add(
      path,
      `the deadline is ${durationMs(within)} ms, and the timeout of the whole run is ${this.#timeoutMs} ms`,
    );
  }

  #try(path: Path, call: () => unknown): void {
    try {
      call();
    } catch (error) {
      this.#add(path, (error as Error).message);
    }
  }
}
