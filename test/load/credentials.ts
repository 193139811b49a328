import { issueConnectToken } from '../../lib/token/index.js';

export const APP = { accessId: 'load', secretKey: 'load secret' } as const;

export function idOf(number: number): string {
  return `device-${number}`;
}

export function secretOf(id: string): string {
  return `secret of ${id}`;
}

/** Issues a token that expires after `ttlSeconds`, or did so `ageSeconds` after it was issued. */
export function issueToken(remoteId: string, ttlSeconds: number, ageSeconds = 0): string {
  const issuedAt = Math.floor(Date.now() / 1000) - ageSeconds;
  return issueConnectToken({
    ...APP,
    remoteId,
    deviceSecretKey: secretOf(remoteId),
    subject: 'load',
    ttlSeconds,
    issuedAt,
  });
}
