import type { BehaviourEvent, PeerReport, SimulatedDevice, SimulatedPeer } from '../sim/index.js';
import type { CliContext } from './context.js';
import { printable, quoted, textOf } from './printable.js';
import { bytesText, statisticsText } from './statistics_text.js';

/** Tell what happens to a simulated device as it comes: to the person, or as JSON lines. */
export function reportDevice(simulated: SimulatedDevice, json: boolean, context: CliContext): void {
  const { device } = simulated;
  const tell = (event: string, facts: object, text: string): void => {
    if (json) context.out(JSON.stringify({ event, ...facts }));
    else context.err(printable(text));
  };
  device.on('startFailed', ({ error, retryInMs }) => {
    if (retryInMs !== undefined) {
      tell('startFailed', { code: error.code, message: error.message, retryInMs }, `${error.message}; trying again`);
    }
  });
  device.on('serviceLost', ({ error, retryInMs }) => {
    tell('serviceLost', { code: error.code, message: error.message, retryInMs }, error.message);
  });
  device.on('serviceBack', () => tell('serviceBack', {}, 'the service is back'));
  device.on('hijacked', ({ location }) =>
    tell('hijacked', { location }, `redirected to ${quoted(location)}, not followed`),
  );
  simulated
    .on('connected', ({ number, subject }) => {
      tell('connected', { connection: number, subject }, `connection ${number}: ${quoted(subject)} is here`);
    })
    .on('event', ({ number }, news) => {
      tell(news.event, { connection: number, ...factsOf(news) }, `connection ${number}: ${textOfNews(news)}`);
    })
    .on('disconnected', (peer, report) => {
      const error = peer.connection.error;
      const facts = { connection: peer.number, code: error?.code, sent: report.sent, received: report.received };
      tell('disconnected', facts, disconnectedText(peer, report));
    })
    .on('error', (error) => {
      const message = error instanceof Error ? error.message : String(error);
      tell('error', { message }, `error: ${message}`);
    });
}

function factsOf(news: BehaviourEvent): object {
  if (news.event !== 'command') return news;
  const { command, sequenceNumber, data } = news.command;
  return { command, sequenceNumber, ...dataFacts(data), answered: news.answered };
}

/** Data of a command for machines: as text where it is text. */
export function dataFacts(data: Uint8Array): { readonly text: string } | { readonly hex: string } {
  const text = textOf(data);
  return text === undefined ? { hex: Buffer.from(data).toString('hex') } : { text };
}

function textOfNews(news: BehaviourEvent): string {
  switch (news.event) {
    case 'subscribed':
      return `watches ${news.kind} ${news.stream}`;
    case 'unsubscribed':
      return `has enough of ${news.kind} ${news.stream}`;
    case 'subscribeRefused':
      return `was refused ${news.kind} ${news.stream}`;
    case 'keyFrameRequested':
      return `wants a key frame of stream ${news.stream}`;
    case 'streamEnded':
      return `stream ${news.stream} is at its end`;
    case 'busy':
      return `stream ${news.stream} does not fit, frames are skipped`;
    case 'command': {
      const { command, data } = news.command;
      const what = `command 0x${command.toString(16)}, ${quoted(textOf(data) ?? Buffer.from(data).toString('hex'))}`;
      return `${what}${news.answered ? '' : ', not answered'}`;
    }
  }
}

function disconnectedText({ number, connection }: SimulatedPeer, { sent, received }: PeerReport): string {
  const lines = [
    `connection ${number} ended${connection.error === undefined ? '' : ` (${connection.error.code})`}`,
    ...sent.map(
      ({ kind, stream, sentFrames, sentBytes, skippedFrames }) =>
        `  sent ${kind} ${stream}: ${sentFrames} frames, ${bytesText(sentBytes)}, ${skippedFrames} skipped`,
    ),
    ...received.map((report) => `  received ${statisticsText(report)}`),
  ];
  return lines.join('\n');
}
