// The credentials of organisations as a process of its own.
import { runRegister } from '../run-register.ts';
import { createEntityCredentials } from './entity-credentials.ts';
import type { EntityCredentialsPart } from './entity-credentials.ts';

await runRegister<EntityCredentialsPart>(createEntityCredentials);
