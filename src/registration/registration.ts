// Puts the parts of this domain together: the pages of a registration, and who comes out of it.
import type { ContactCodeDependencies } from '../credentials/contact-code.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Route } from '../platform/http/route.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { codeRoutes } from './code.routes.ts';
import { contactRoutes } from './contact.routes.ts';
import { detailsRoutes } from './details.routes.ts';
import { newlyRegistered } from './hand-over.ts';
import type { NewlyRegistered } from './hand-over.ts';
import type { RegistrationDependencies } from './registration-deps.ts';
import { SignUpStore } from './sign-up-store.ts';

type FromCredentials = 'passwords' | 'hasher' | 'budgets' | 'cityWords';

export interface OpenRegistrationOptions extends Omit<
  RegistrationDependencies,
  FromCredentials | 'signUps' | 'codes'
> {
  database: Database;
  keyring: Keyring;
  random: Random;
  credentials: Credentials;
  sendCode: ContactCodeDependencies['sendCode'];
}

export function openRegistration(options: OpenRegistrationOptions): {
  routes: Route[];
  registered: NewlyRegistered;
} {
  const { credentials, sendCode } = options;
  const signUps = new SignUpStore(options);
  const deps: RegistrationDependencies = {
    ...credentials,
    ...options,
    signUps,
    codes: { ...credentials, sendCode },
  };
  return {
    routes: [...contactRoutes(deps), ...codeRoutes(deps), ...detailsRoutes(deps)],
    registered: newlyRegistered(deps),
  };
}
