// The register of legal entities as a process of its own.
import { runRegister } from '../run-register.ts';
import { createLegalEntityRegister } from './legal-entity-register.ts';
import type { LegalEntityRegisterPart } from './legal-entity-register.ts';

await runRegister<LegalEntityRegisterPart>(createLegalEntityRegister);
