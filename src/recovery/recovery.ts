// Puts the parts of this domain together: the pages of a recovery, and who comes out of it.
import type { ContactCodeDependencies } from '../credentials/contact-code.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Route } from '../platform/http/route.ts';
import type { Database } from '../platform/mongo.ts';
import { codeRoutes } from './code.routes.ts';
import { contactRoutes } from './contact.routes.ts';
import { faceRoutes } from './face.routes.ts';
import { newlyRecovered } from './hand-over.ts';
import type { NewlyRecovered } from './hand-over.ts';
import { linkRoutes } from './link.routes.ts';
import { passwordRoutes } from './password.routes.ts';
import { PendingRecoveryStore } from './pending-recovery-store.ts';
import { proofRoutes } from './proof.routes.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { RecoveryStore } from './recovery-store.ts';
import { waitRoutes } from './wait.routes.ts';

export interface OpenRecoveryOptions extends Omit<
  RecoveryDependencies,
  'recoveries' | 'pending' | 'codes'
> {
  database: Database;
  keyring: Keyring;
  sendCode: ContactCodeDependencies['sendCode'];
}

export function openRecovery(options: OpenRecoveryOptions): {
  routes: Route[];
  recovered: NewlyRecovered;
} {
  const { credentials, sendCode } = options;
  const deps: RecoveryDependencies = {
    ...options,
    recoveries: new RecoveryStore({ ...credentials, ...options }),
    pending: new PendingRecoveryStore(options),
    codes: { ...credentials, sendCode },
  };
  return {
    routes: [
      ...contactRoutes(deps),
      ...codeRoutes(deps),
      ...proofRoutes(deps),
      ...faceRoutes(deps),
      ...waitRoutes(deps),
      ...passwordRoutes(deps),
      ...linkRoutes(deps),
    ],
    recovered: newlyRecovered(deps),
  };
}
