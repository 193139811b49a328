import { writeFileSync } from 'node:fs';
import {
  type CheckedScenario,
  type ChosenTime,
  junitXml,
  type RunObserver,
  readScenario,
  runScenario,
  type ScenarioResult,
  timeFor,
  timelineText,
} from '../sim/index.js';
import type { RunArguments } from './arguments.js';
import { CliError, ExitCode, usageError } from './cli_error.js';
import { type CliContext, type Report, reporter } from './context.js';
import { printable } from './output_text.js';

/** `tirtc run`: runs scenarios one after the other, after checking all files. */
export async function runScenarios(args: RunArguments, context: CliContext): Promise<ExitCode> {
  if (args.repeat < 1) throw usageError('--repeat 0 is out of range: use 1 or more');
  const report = reporter(args.json, context);
  const scenarios = args.files.map(readScenario);
  const times = scenarios.map((checked) => timeFor(checked, args.time)); // before any runs
  if (args.check === true) {
    for (const file of args.files) report('checked', { file }, `${file}: ok`);
    return ExitCode.Ok;
  }
  const results: ScenarioResult[] = [];
  for (const [i, checked] of scenarios.entries()) {
    for (let round = 0; round < args.repeat && !context.stop.aborted; round++) {
      results.push(await runOne(checked, times[i] as ChosenTime, round, args, context, report));
    }
  }
  if (args.junit !== undefined) writeJunit(args.junit, results);
  summarize(results, args, context);
  return exitCodeFor(results, context.stop.aborted);
}

async function runOne(
  checked: CheckedScenario,
  { time, why }: ChosenTime,
  round: number,
  args: RunArguments,
  context: CliContext,
  report: Report,
): Promise<ScenarioResult> {
  const seed = seedOf(checked, round, args);
  const name = checked.scenario.name ?? checked.file;
  const facts = { name, file: checked.file, seed, time };
  report('scenario', facts, `${name} (seed ${seed}, ${time} time${why === undefined ? '' : `: ${why}`})`);
  const result = await runScenario(checked, {
    seed,
    time,
    signal: context.stop,
    env: context.env,
    observer: observe(args, context),
  });
  const { outcome, durationMs, message } = result;
  const end = { name, outcome, durationMs, ...(message === undefined ? {} : { message }) };
  report('scenarioEnd', end, outcome === 'passed' ? undefined : failureText(result));
  const wantsTimeline = args.timeline === true || outcome !== 'passed';
  if (wantsTimeline && args.json !== true) context.err(printable(`timeline of ${name}:\n${timelineText(result)}`));
  return result;
}

function seedOf({ scenario }: CheckedScenario, round: number, { seed: given }: RunArguments): number | string {
  const first = given === undefined ? (scenario.seed ?? 1) : /^\d{1,15}$/.test(given) ? Number(given) : given;
  if (round === 0) return first;
  return typeof first === 'number' ? first + round : `${first} ${round + 1}`;
}

function observe(args: RunArguments, context: CliContext): RunObserver {
  if (args.json === true) {
    return {
      stepEnded: (report) => context.out(JSON.stringify({ event: 'step', ...report })),
      event: ({ atMs, actor, kind, event: name, details }) => {
        if (kind !== 'step') context.out(JSON.stringify({ event: 'told', atMs, actor, name, details }));
      },
    };
  }
  return {
    stepBegins: (number, text) => context.live?.(printable(`  ${number}. ${text} ...`)),
    stepEnded: ({ number, text, outcome, durationMs }) => {
      context.live?.(undefined);
      const mark = outcome === 'passed' ? 'ok  ' : 'FAIL';
      context.err(printable(`  ${mark} ${number}. ${text} (${Math.round(durationMs)} ms)`));
    },
  };
}

function failureText({ steps, message = '', outcome }: ScenarioResult): string {
  const step = steps.findLast((one) => one.outcome === 'failed');
  return step === undefined ? `${outcome}: ${message}` : `${step.place}: ${step.text}: ${step.message ?? message}`;
}

function summarize(results: readonly ScenarioResult[], args: RunArguments, context: CliContext): void {
  const passed = results.filter(({ outcome }) => outcome === 'passed').length;
  if (args.json === true) context.out(JSON.stringify({ event: 'end', scenarios: results.length, passed }));
  else context.out(`${passed} of ${results.length} scenarios passed`);
}

function writeJunit(file: string, results: readonly ScenarioResult[]): void {
  try {
    writeFileSync(file, junitXml(results));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(ExitCode.Failed, `${file} cannot be written (${code})`);
  }
}

function exitCodeFor(results: readonly ScenarioResult[], wasStopped: boolean): ExitCode {
  const outcomes = new Set(results.map(({ outcome }) => outcome));
  if (outcomes.has('failed')) return ExitCode.ScenarioFailed;
  return wasStopped || outcomes.has('broken') || outcomes.has('stopped') ? ExitCode.Failed : ExitCode.Ok;
}
