// Why a page of the sign-in asks for more, for the partial `demand`.
import type { DemandView } from '../oidc/oidc.views.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import type { GatheredSituation } from './sign-in-situation.ts';

/** Nothing where the application asks: the pages name it anyway. */
export function demandView(
  { services }: Pick<InteractionDependencies, 'services'>,
  ctx: HttpContext,
  { demanded, isFactorStale }: Pick<GatheredSituation, 'demanded' | 'isFactorStale'>,
): { demand?: DemandView } {
  if (isFactorStale) return { demand: { by: 'suspicion' } };
  const { service } = demanded;
  if (service === undefined) return {};
  return { demand: { by: 'service', name: services.nameOf(service, ctx.state.locale) } };
}
