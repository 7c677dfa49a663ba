// A recovery under way: what was typed and proven so far. How it is kept is platform/journey-store.ts.
import { z } from 'zod';
import { JourneyStore, sealedJourneys } from '../platform/journey-store.ts';
import type { Journey } from '../platform/journey-store.ts';

/** How somebody has shown that the account is theirs, beside the contact. */
export const recoveryProofs = ['contact', 'second_factor', 'face', 'waited'] as const;
export type RecoveryProof = (typeof recoveryProofs)[number];

const contentSchema = z.object({
  channel: z.enum(['sms', 'mail']),
  /** E.164 number or mail address. */
  contact: z.string(),
  /** Both as they were typed. */
  typed: z.string(),
  login: z.string(),
  /** The sign-in that it began from, to be gone on with. */
  interaction: z.string().optional(),
  /** From here on it is about this account, and by this proof. */
  accountId: z.string().optional(),
  proof: z.enum(recoveryProofs).optional(),
  /** Of the waiting time that this one completes. */
  pendingId: z.string().optional(),
  /** Of the new password, when it is there. */
  passwordRevision: z.number().optional(),
  /** Of the cookie, once the contact is proven. */
  half: z.string().optional(),
});
export type RecoveryContent = z.infer<typeof contentSchema>;

/**
 * `contact`: a code is awaited; `proven`: it came; `ready`: the account has been proven too;
 * `waiting`: the cooling time runs; `sent`: papers went to staff; `done`: there is a new password.
 */
export type RecoveryStage = 'contact' | 'proven' | 'ready' | 'waiting' | 'sent' | 'done';

export type Recovery = Journey<RecoveryStage, RecoveryContent>;

const kind = {
  collection: 'recoveries',
  content: contentSchema,
  labels: {
    cookie: 'recovery.cookie',
    proven: 'recovery.proven',
    sealed: 'recovery.under-way',
  },
  beginsByLink: true,
};

export class RecoveryStore extends JourneyStore<RecoveryStage, RecoveryContent> {
  constructor(deps: ConstructorParameters<typeof JourneyStore>[0]) {
    super(deps, kind);
  }
}

export const sealedRecoveries = sealedJourneys(kind);
