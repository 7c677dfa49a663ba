// The bank of organisations as a process of its own.
import { runRegister } from '../run-register.ts';
import { createCorporateBank } from './corporate-bank.ts';

await runRegister(createCorporateBank);
