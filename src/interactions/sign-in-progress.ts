// How far a sign-in has come between its pages. Kept in the interaction, on the server; it is no
// result the library would act on until it is finished.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import type { LibraryInteraction } from './interaction-access.ts';
import type { Provider } from 'oidc-provider';

const PROGRESS_SECONDS = 600;

const progressSchema = z.object({
  accountId: z.string(),
  amr: z.array(z.string()),
  /** Epoch seconds of the password check. */
  at: z.number(),
  isKnownDevice: z.boolean(),
});

export type SignInProgress = z.infer<typeof progressSchema>;

/** What has been proven so far in this interaction, if it is recent. */
export function readProgress(
  interaction: LibraryInteraction,
  nowSeconds: number,
): SignInProgress | undefined {
  const { result } = interaction as { result?: Record<string, unknown> };
  const parsed = progressSchema.safeParse(result?.['progress']);
  if (!parsed.success || nowSeconds - parsed.data.at > PROGRESS_SECONDS) return undefined;
  return parsed.data;
}

export async function saveProgress(
  provider: Provider,
  ctx: HttpContext,
  progress: SignInProgress,
): Promise<void> {
  await provider.interactionResult(ctx.req, ctx.res, { progress }, { mergeWithLastSubmission: true });
}
