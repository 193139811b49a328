/** The arguments of children/life.ts, and what life.test.ts expects of it. */
export const STAGES = ['made', 'starting', 'started', 'connected', 'streaming', 'hung up', 'stopping'] as const;
export const ENDINGS = ['return', 'exit', 'throw', 'signal'] as const;

export interface Life {
  readonly stage: (typeof STAGES)[number];
  /** `wait`: until a worker is terminated. */
  readonly ending: (typeof ENDINGS)[number] | 'wait';
  readonly endpoint: string;
  readonly deviceId: string;
  readonly deviceSecretKey: string;
  readonly token: string;
}

export const EXIT_CODE = 7;
export const COMPLAINT = 'an uncaught error';
