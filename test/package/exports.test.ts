import { describe, expect, it } from 'vitest';

/** The values that each entry of the package exports; types are seen by the API reference. */
const entries: readonly (readonly [entry: string, file: string, names: string])[] = [
  [
    '.',
    '../../lib/index.js',
    `Client Device ErrorCode KEY_FRAME_FLAG MEDIA NonceStore ServiceRequestError TiRtcError TokenError
     bytesFrom bytesTo commandOf connect errorName framesFrom framesTo isResponse issueConnectToken
     makeCommandWord metrics sequenceNumberOf verifyConnectToken`,
  ],
  [
    './service',
    '../../lib/service/index.js',
    `BYE_REASONS FAULT_KINDS FAULT_RULES MemoryStore SERVICE_OPTION_NAMES SimulatedService SqliteStore checkFault`,
  ],
  [
    './sim',
    '../../lib/sim/index.js',
    `Clip ClockPicture MediaError SCENARIO_SCHEMA ScenarioBreakdown ScenarioError ScenarioFailure
     SimulatedClient SimulatedDevice checkScenario junitXml openMedia parseMedia parseScenario readCommand
     readCommandTable readHex readScenario runScenario timeFor timelineText toneSource`,
  ],
  ['./testing', '../../lib/testing/index.js', `Emulator emulated`],
  [
    './flat',
    '../../lib/flat/index.js',
    `ErrorCode Event KEY_FRAME_FLAG LinkMode LogLevel MEDIA Option RESPONSE_BIT TiRtcError atomicGetCmdSn
     connGetStats connGetUserData connSetUserData connSetVideoBitrateParams
     connSetVideoBitrateRequestCallback connect disconnect getBuildInfo getCmd getErrorStr getSendBufferUsed
     getSn getVersion init isReservedCmdw logConfig logSetCallback logSetLevel makeCmdw requestKeyFrame
     sendAudioStream sendCommand sendMessageStream sendReq sendReqWithSn sendResp sendVideoStream
     serviceRequest setOption start stop subscribeAudio subscribeVideo uninit unsubscribeAudio
     unsubscribeVideo whipAccept whipConnect`,
  ],
  [
    './browser',
    '../../lib/browser.js',
    `Client ErrorCode KEY_FRAME_FLAG MEDIA TiRtcError TokenError commandOf connect errorName isResponse
     issueConnectToken makeCommandWord sequenceNumberOf verifyConnectToken`,
  ],
];

describe('the entries of the package', () => {
  it.each(entries)('%s exports its public names and nothing internal', async (_, file, names) => {
    expect(Object.keys(await import(file)).sort()).toEqual(names.split(/\s+/).sort());
  });
});
