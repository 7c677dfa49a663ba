// The population register as a process of its own.
import { runRegister } from '../run-register.ts';
import { createPopulationRegister } from './population-register.ts';

await runRegister(createPopulationRegister);
