// The keys of the oblivious function, one for each epoch. The next is announced so that platforms can
// pin it and register their people under it before it is the one that strangers are looked up with.

/**
 * announced → active → former → retired. Evaluated with are all but the retired, whose secret is gone.
 */
export const recognitionKeyStates = ['announced', 'active', 'former', 'retired'] as const;
export type RecognitionKeyState = (typeof recognitionKeyStates)[number];

export interface RecognitionKeyRecord {
  epoch: number;
  state: RecognitionKeyState;
  publicKey: Buffer;
  createdAt: Date;
  activatedAt: Date | undefined;
  retiredAt: Date | undefined;
}
