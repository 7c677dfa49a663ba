// What people do on behalf of others: organisations that they represent, and children in their care.
import { openGuardianship } from '../guardianship/open-guardianship.ts';
import type { OpenGuardianshipDependencies } from '../guardianship/open-guardianship.ts';
import { openLegalEntities } from '../legal-entities/open-legal-entities.ts';
import type { OpenLegalEntitiesDependencies } from '../legal-entities/open-legal-entities.ts';
import type { Config } from '../platform/config.ts';

export function openOnBehalf(
  deps: OpenLegalEntitiesDependencies & OpenGuardianshipDependencies,
  config: Pick<Config, 'outbound'>,
) {
  const entities = openLegalEntities(deps, config);
  const guardians = openGuardianship(deps);
  return {
    entityPath: entities.entityPath,
    guardianship: guardians.guardianship,
    routes: [...entities.routes, ...guardians.routes],
    work: [...entities.work, ...guardians.work],
  };
}
