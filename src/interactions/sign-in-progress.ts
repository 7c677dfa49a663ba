// What has been proven between the pages of a sign-in. Kept in the interaction, on the server; it
// is no result the library would act on until the sign-in is finished.
import { z } from 'zod';
import { accountKinds } from '../accounts/account.ts';
import type { LibraryInteraction } from './interaction-access.ts';

/** Long enough to install an authenticator and to think of a good password. */
const PROOF_SECONDS = 1200;

/** `at`: epoch seconds. */
const proof = { accountId: z.string(), at: z.number() };

const operatorSchema = z.object({
  name: z.string(),
  source: z.enum(['licence', 'certificate']),
  role: z.enum(['legal_representative', 'manager']).optional(),
  accountId: z.string().optional(),
});

const progressSchema = z.object({
  password: z
    .object({
      ...proof,
      isKnownDevice: z.boolean(),
      /** Of the credential: a password that was changed since proves nothing. */
      revision: z.number(),
      /** It was chosen in this browser a moment ago, for a new account. */
      isFirst: z.boolean().optional(),
    })
    .optional(),
  otp: z.object(proof).optional(),
  /**
   * Signs in here this time: it has just been linked to the province, or will be later. `signInId`: the
   * sign-in at the peer with which it was linked.
   */
  later: z.object({ ...proof, signInId: z.string().optional() }).optional(),
  recoveryCode: z.object(proof).optional(),
  /** `id` of the passkey: one that was removed since proves nothing. */
  passkey: z.object({ ...proof, id: z.string() }).optional(),
  /** Whom a code was asked for, in place of the password. */
  codeFor: z
    .object({
      login: z.string(),
      kind: z.enum(accountKinds),
      channel: z.enum(['sms', 'mail']),
      at: z.number(),
    })
    .optional(),
  /** That code. `contactSince`: epoch ms; a contact that was replaced since proves nothing. */
  code: z
    .object({
      ...proof,
      channel: z.enum(['sms', 'mail']),
      contactSince: z.number(),
      isKnownDevice: z.boolean(),
    })
    .optional(),
  /** What an organisation has shown; `signInId`: what has ended since proves nothing. */
  organisation: z
    .object({
      ...proof,
      means: z.enum(['licence', 'certificate']),
      signInId: z.string(),
      operator: operatorSchema.optional(),
    })
    .optional(),
  /** Signed in at a peer. `authenticatedAt`: epoch seconds, when that was; `methods`: as in `amr`. */
  upstream: z
    .object({
      ...proof,
      authenticatedAt: z.number(),
      signInId: z.string(),
      peerId: z.string(),
      methods: z.array(z.string()),
    })
    .optional(),
  /** An identity of a peer that no account has yet; `isToBind`: an account is being proven for it. */
  arrival: z.object({ state: z.string(), at: z.number(), isToBind: z.boolean() }).optional(),
  /** The client's `idp_hint` has been followed. */
  hinted: z.object({ at: z.number() }).optional(),
  /** A code that was sent to a confirmed contact. */
  contact: z.object(proof).optional(),
});

export type SignInProgress = z.infer<typeof progressSchema>;

/** What has been proven so far in this interaction and is recent. */
export function readProgress(interaction: LibraryInteraction, nowSeconds: number): SignInProgress {
  const { result } = interaction as { result?: Record<string, unknown> };
  const { password, otp, recoveryCode, passkey, organisation, contact, codeFor, code, ...others } =
    progressSchema.safeParse(result?.['progress']).data ?? {};
  const { upstream, arrival, hinted, later } = others;
  const isRecent = (piece: { at: number } | undefined) =>
    piece !== undefined && nowSeconds - piece.at <= PROOF_SECONDS;
  return {
    ...(isRecent(password) ? { password } : {}),
    ...(isRecent(otp) ? { otp } : {}),
    ...(isRecent(recoveryCode) ? { recoveryCode } : {}),
    ...(isRecent(passkey) ? { passkey } : {}),
    ...(isRecent(organisation) ? { organisation } : {}),
    ...(isRecent(contact) ? { contact } : {}),
    ...(isRecent(codeFor) ? { codeFor } : {}),
    ...(isRecent(code) ? { code } : {}),
    ...(isRecent(upstream) ? { upstream } : {}),
    ...(isRecent(arrival) ? { arrival } : {}),
    ...(isRecent(hinted) ? { hinted } : {}),
    ...(isRecent(later) ? { later } : {}),
  };
}
