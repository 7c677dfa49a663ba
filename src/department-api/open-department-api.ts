// Puts this domain together: the interface that systems of departments call by themselves.
import type { ClientDirectory } from '../clients/client-directory.ts';
import { openBearer } from '../oidc/bearer/verify-bearer.ts';
import type { BearerDependencies } from '../oidc/bearer/verify-bearer.ts';
import { departmentApi } from '../oidc/claims/own-apis.ts';
import { subjectsOf } from '../oidc/claims/pairwise.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Words } from '../platform/http/locale.ts';
import type { ImportDependencies } from '../mandate-import/begin-import.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import type { Route } from '../platform/http/route.ts';
import type { Metrics } from '../platform/metrics.ts';
import { apiDescriptionRoutes } from './api-description.routes.ts';
import { serveRoute } from './api-route.ts';
import type { CheckDependencies } from './check-mandate.ts';
import { departmentApiRoutes } from './department-api-routes.ts';
import type { ApiUseCases } from './department-api-routes.ts';
import { EntityFinder } from './find-entity.ts';
import { PersonFinder } from './find-person.ts';

export interface DepartmentApiDependencies
  extends
    Omit<BearerDependencies, 'clients' | 'accounts'>,
    Omit<CheckDependencies, 'entities' | 'people' | 'entitySubject'> {
  consents: ConstructorParameters<typeof PersonFinder>[0];
  clients: Pick<ClientDirectory<object>, 'find' | 'registration'>;
  keyring: Keyring;
  limiters: Pick<RouteLimiters, 'reserve' | 'reserveFor'>;
  metrics: Pick<Metrics, 'observe'>;
  release: string;
  words: Words;
  imports: ImportDependencies;
  wakeImports: () => void;
}

export function openDepartmentApi(deps: DepartmentApiDependencies): { routes: Route[] } {
  const { issuer, limiters } = deps;
  const basePath = departmentApi.path;
  const apiRoutes = departmentApiRoutes(useCasesOf(deps));
  const server = {
    issuer,
    basePath,
    verifyBearer: openBearer(deps),
    reserve: async (budget: 'departmentApi' | 'refusedToken', key: string) => {
      if (budget === 'refusedToken') await limiters.reserve(budget, key);
      else await limiters.reserveFor(budget, key);
    },
  };
  const served = apiRoutes.map((route) => serveRoute(server, route));
  return { routes: [...served, ...apiDescriptionRoutes({ ...deps, basePath }, apiRoutes)] };
}

function useCasesOf(deps: DepartmentApiDependencies): ApiUseCases {
  const { clients, keyring } = deps;
  const subjects = (clientId: string) => subjectsOf(keyring, clients.find(clientId));
  return {
    ...deps,
    entities: new EntityFinder(deps.accounts),
    people: new PersonFinder(deps.consents),
    personSubjects: (clientId) => subjects(clientId).person,
    entitySubject: (clientId, accountId) => subjects(clientId).entity(accountId),
    onChecked: countChecks(deps.metrics),
    say: (key, locale) => deps.words.translate(locale, key),
  };
}

function countChecks(metrics: Pick<Metrics, 'observe'>): (outcome: string) => void {
  const counts = new Map<string, number>();
  metrics.observe({
    name: 'hutong_mandate_checks_total',
    help: 'Questions of systems whether a person may act for an organisation.',
    labels: ['outcome'],
    kind: 'counter',
    scope: 'process',
    read: () => [...counts].map(([outcome, count]) => [[outcome], count]),
  });
  return (outcome) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
}
