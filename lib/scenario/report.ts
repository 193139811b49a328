import { timelineText } from '../cast/index.js';
import type { ScenarioResult } from './run.js';

/** Returns results as JUnit XML: a suite for each scenario, a case for each step. The format has only four elements. */
export function junitXml(results: readonly ScenarioResult[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${results.map(suiteXml).join('')}</testsuites>\n`;
}

function suiteXml(result: ScenarioResult): string {
  const { name, steps, durationMs, outcome, message = '', file } = result;
  const failed = steps.filter((step) => step.outcome === 'failed');
  const cases = steps.map((step) => {
    const attributes = xmlAttributes({
      name: `${step.number}. ${step.text}`,
      classname: name,
      time: seconds(step.durationMs),
    });
    if (step.outcome === 'passed') return `    <testcase${attributes}/>\n`;
    const why = step.message ?? message;
    const failure = `      <failure${xmlAttributes({ message: firstLine(why) })}>${xmlText(`${step.place}: ${why}`)}</failure>\n`;
    return `    <testcase${attributes}>\n${failure}    </testcase>\n`;
  });
  // A failure outside of all steps must not look like success.
  const isOutside = outcome !== 'passed' && failed.length === 0;
  const outside = isOutside
    ? `    <testcase${xmlAttributes({ name: 'run', classname: name, time: '0' })}>\n      <error${xmlAttributes({ message: firstLine(message) })}>${xmlText(message)}</error>\n    </testcase>\n`
    : '';
  const attributes = xmlAttributes({
    name,
    ...(file === undefined ? {} : { file }),
    tests: String(steps.length + Number(isOutside)),
    failures: String(failed.length),
    errors: String(Number(isOutside)),
    time: seconds(durationMs),
  });
  const log = outcome === 'passed' ? '' : `    <system-out>${xmlText(timelineText(result))}</system-out>\n`;
  return `  <testsuite${attributes}>\n${cases.join('')}${outside}${log}  </testsuite>\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function xmlAttributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`)
    .join('');
}

/** Escapes text. XML 1.0 allows neither most control characters nor half a pair of surrogates. */
function xmlText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
