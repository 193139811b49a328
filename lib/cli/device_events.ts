import type { BehaviourEvent, PeerReport, SimulatedDevice, SimulatedPeer } from '../sim/index.js';
import type { Report } from './context.js';
import { bytesText, dataFacts, dataText, quoted, statisticsText } from './output_text.js';

/** Reports the events of a simulated device and its peers. */
export function reportDeviceEvents(simulated: SimulatedDevice, report: Report): void {
  const { device } = simulated;
  device.on('startFailed', ({ error, retryInMs }) => {
    if (retryInMs !== undefined) {
      report('startFailed', { code: error.code, message: error.message, retryInMs }, `${error.message}; trying again`);
    }
  });
  device.on('serviceLost', ({ error, retryInMs, failedAttempts }) => {
    const facts = { code: error.code, message: error.message, retryInMs };
    if (failedAttempts === 0) report('serviceLost', facts, error.message);
    else report('reconnectFailed', facts, `${error.message}; trying again`);
  });
  device.on('serviceBack', () => report('serviceBack', {}, 'the service is back'));
  device.on('hijacked', ({ location }) =>
    report('hijacked', { location }, `redirected to ${quoted(location)}, not followed`),
  );
  simulated
    .on('connected', ({ number, subject }) => {
      report('connected', { connection: number, subject }, `connection ${number}: ${quoted(subject)} connected`);
    })
    .on('event', ({ number }, event) => {
      report(event.event, { connection: number, ...eventFacts(event) }, `connection ${number}: ${eventText(event)}`);
    })
    .on('disconnected', (peer, streams) => {
      const error = peer.connection.error;
      const facts = { connection: peer.number, code: error?.code, sent: streams.sent, received: streams.received };
      report('disconnected', facts, disconnectedText(peer, streams));
    })
    .on('error', (error) => {
      const message = error instanceof Error ? error.message : String(error);
      report('error', { message }, `error: ${message}`);
    });
}

function eventFacts(event: BehaviourEvent): object {
  if (event.event !== 'command') return event;
  const { command, sequenceNumber, data } = event.command;
  return { command, sequenceNumber, ...dataFacts(data), answered: event.answered };
}

function eventText(event: BehaviourEvent): string {
  switch (event.event) {
    case 'subscribed':
      return `subscribed to ${event.kind} ${event.stream}`;
    case 'unsubscribed':
      return `unsubscribed from ${event.kind} ${event.stream}`;
    case 'subscribeRefused':
      return `was refused a subscription to ${event.kind} ${event.stream}`;
    case 'keyFrameRequested':
      return `requested a key frame of stream ${event.stream}`;
    case 'streamEnded':
      return `stream ${event.stream} has ended`;
    case 'busy':
      return `stream ${event.stream} is too fast for the connection: frames are skipped`;
    case 'command': {
      const { command, data } = event.command;
      const what = `command 0x${command.toString(16)}, ${quoted(dataText(data))}`;
      return `${what}${event.answered ? '' : ', not answered'}`;
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
