import { issueConnectToken } from '../../lib/token/index.js';

export const APP = { accessId: 'soak', secretKey: 'soak secret' } as const;

/** `steady` stays online, `temporary` starts and stops. */
export const DEVICES = { steady: 'secret of steady', temporary: 'secret of temporary' } as const;

export function tokenFor(remoteId: keyof typeof DEVICES): string {
  return issueConnectToken({ ...APP, remoteId, deviceSecretKey: DEVICES[remoteId], subject: 'soak' });
}
