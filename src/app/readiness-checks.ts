// What must hold for this process to be given requests.
import { Readiness } from '../platform/readiness.ts';
import type { ReadinessChecks } from '../platform/readiness.ts';
import type { Foundation } from './foundation.ts';

type FoundationParts = Pick<Foundation, 'processes' | 'clockWatch' | 'requireOwnRelease'>;

interface ReadinessDependencies extends FoundationParts {
  signingKeys: { isCurrent(): boolean };
}

export function openReadiness(deps: ReadinessDependencies): Readiness {
  return new Readiness({
    ...foundationChecks(deps),
    signing_keys_outdated: () => deps.signingKeys.isCurrent(),
  });
}

/** Of a process that signs nothing. */
export function foundationReadiness(deps: FoundationParts, own: ReadinessChecks): Readiness {
  return new Readiness({ ...foundationChecks(deps), ...own });
}

function foundationChecks({ processes, clockWatch, requireOwnRelease }: FoundationParts) {
  return {
    database_not_writable: async () => {
      await processes.proveWritable();
      return true;
    },
    // It may have missed what the others agreed on meanwhile: a key, a change of the database.
    lease_lost: () => processes.hasLease(),
    clock_wrong: () => clockWatch.isRight(),
    release_too_old: async () => {
      await requireOwnRelease();
      return true;
    },
  };
}
