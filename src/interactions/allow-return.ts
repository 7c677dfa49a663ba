// Forms outside of an interaction that lead back into it.
import type { ArtefactStore } from '../oidc/storage/artefact-store.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { allowFormAction } from '../platform/http/headers.ts';

/**
 * The form into a sign-in may end at its client, to which browsers follow it only if our policy says
 * so. Whose browser the sign-in belongs to is looked at there.
 */
export async function allowReturn(
  { artefacts }: { artefacts: Pick<ArtefactStore, 'find'> },
  ctx: HttpContext,
  interaction: string,
): Promise<void> {
  const stored = await artefacts.find('Interaction', interaction);
  const params = (stored?.payload['params'] ?? {}) as Record<string, unknown>;
  const redirectUri = params['redirect_uri'];
  if (typeof redirectUri === 'string') allowFormAction(ctx, redirectUri);
}
