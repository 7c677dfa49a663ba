// A request as both sides read it.
import type { Clock } from '../../platform/clock.ts';
import type { Locale } from '../../platform/http/locale.ts';
import type { ChoiceDependencies } from '../mandate-choices.ts';
import { factsOf } from '../present-mandate.ts';
import type { HandlerRequest } from './handler-request.ts';
import type { RequestState, RequestView } from './requests.views.ts';

export interface PresentRequestDependencies {
  clock: Clock;
  choices: ChoiceDependencies;
}

export function presentRequest(
  deps: PresentRequestDependencies,
  request: HandlerRequest,
  locale: Locale,
): RequestView {
  const { id, way, entity, terms, at, expiresAt: until } = request;
  return {
    id,
    way,
    state: stateOfRequest(deps, request),
    entityName: entity.name,
    uscc: entity.number,
    facts: factsOf(deps, { ...terms, role: 'handler' }, locale),
    at,
    until,
  };
}

export function stateOfRequest(
  { clock }: Pick<PresentRequestDependencies, 'clock'>,
  { outcome, expiresAt }: HandlerRequest,
): RequestState {
  return outcome ?? (expiresAt <= clock.now() ? 'expired' : 'waiting');
}
