import { issueConnectToken } from '../../lib/token/index.js';

export const APP = { accessId: 'soak', secretKey: 'soak secret' } as const;

/** `steady` stays, `passing` comes and goes. */
export const DEVICES = { steady: 'secret of steady', passing: 'secret of passing' } as const;

export function tokenFor(remoteId: keyof typeof DEVICES): string {
  return issueConnectToken({ ...APP, remoteId, deviceSecretKey: DEVICES[remoteId], subject: 'soak' });
}
