// What the pages of a registration need from the domains.
import type { ArtefactStore } from '../oidc/storage/artefact-store.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { RegisterDependencies } from './register.ts';
import type { SignUpContactDependencies } from './sign-up-contact.ts';

export interface RegistrationDependencies
  extends Omit<RegisterDependencies, 'accounts'>, Omit<SignUpContactDependencies, 'accounts'> {
  accounts: RegisterDependencies['accounts'] & SignUpContactDependencies['accounts'];
  /** The sign-ins that registrations begin from. */
  artefacts: Pick<ArtefactStore, 'find'>;
  cookies: CookieNames;
  isSecure: boolean;
  /** Where the real name is verified; the offer is left out without it. */
  verificationPath?: string | undefined;
  /** Where accounts of old systems are taken over; absent where there are none. */
  migratePath?: string | undefined;
  /** Where legal representatives register their organisations. */
  entityPath?: string | undefined;
  /** Where somebody who cannot sign in any more goes. */
  recoveryPath: string;
}
