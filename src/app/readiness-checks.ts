// What must hold for this process to be given requests.
import { Readiness } from '../platform/readiness.ts';
import type { Foundation } from './foundation.ts';

type ReadinessDependencies = Pick<Foundation, 'processes' | 'requireOwnRelease'>;

export function openReadiness({ processes, requireOwnRelease }: ReadinessDependencies): Readiness {
  return new Readiness({
    database_not_writable: async () => {
      await processes.proveWritable();
      return true;
    },
    // It may have missed what the others agreed on meanwhile: a key, a change of the database.
    lease_lost: () => processes.hasLease(),
    release_too_old: async () => {
      await requireOwnRelease();
      return true;
    },
  });
}
