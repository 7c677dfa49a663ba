// Social security, the operator and the bank as one process of their own.
import { runRegister } from '../run-register.ts';
import { createSources } from './sources.ts';

await runRegister(createSources);
