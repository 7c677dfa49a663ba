// A registration under way: what was typed and proven so far. How it is kept is
// platform/journey-store.ts.
import { z } from 'zod';
import { JourneyStore, sealedJourneys } from '../platform/journey-store.ts';
import type { Journey } from '../platform/journey-store.ts';

const contentSchema = z.object({
  channel: z.enum(['sms', 'mail']),
  /** E.164 number or mail address. */
  contact: z.string(),
  /** The contact as it was typed. */
  typed: z.string(),
  /** The sign-in that it began from, to be gone on with. */
  interaction: z.string().optional(),
  /** The account that the proven number opens, and may be taken from with the person's word. */
  formerId: z.string().optional(),
  /** The new account, when there is one. */
  accountId: z.string().optional(),
  /** Of the cookie, once the contact is proven. */
  half: z.string().optional(),
});
export type SignUpContent = z.infer<typeof contentSchema>;

/** `contact`: a code is awaited; `proven`: it came; `done`: there is an account. */
export type SignUpStage = 'contact' | 'proven' | 'done';

export type SignUp = Journey<SignUpStage, SignUpContent>;

const kind = {
  collection: 'signUps',
  content: contentSchema,
  labels: {
    cookie: 'registration.sign-up',
    proven: 'registration.sign-up-proven',
    sealed: 'registration.sign-up',
  },
  beginsByLink: false,
};

export class SignUpStore extends JourneyStore<SignUpStage, SignUpContent> {
  constructor(deps: ConstructorParameters<typeof JourneyStore>[0]) {
    super(deps, kind);
  }
}

export const sealedSignUps = sealedJourneys(kind);
