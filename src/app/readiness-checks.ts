// What must hold for this process to be given requests.
import { Readiness } from '../platform/readiness.ts';
import type { Foundation } from './foundation.ts';

interface ReadinessDependencies extends Pick<
  Foundation,
  'processes' | 'clockWatch' | 'requireOwnRelease'
> {
  signingKeys: { isCurrent(): boolean };
}

export function openReadiness(deps: ReadinessDependencies): Readiness {
  const { processes, clockWatch, requireOwnRelease, signingKeys } = deps;
  return new Readiness({
    database_not_writable: async () => {
      await processes.proveWritable();
      return true;
    },
    // It may have missed what the others agreed on meanwhile: a key, a change of the database.
    lease_lost: () => processes.hasLease(),
    clock_wrong: () => clockWatch.isRight(),
    signing_keys_outdated: () => signingKeys.isCurrent(),
    release_too_old: async () => {
      await requireOwnRelease();
      return true;
    },
  });
}
