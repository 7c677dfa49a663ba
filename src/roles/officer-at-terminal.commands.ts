// How a command asks an officer to prove to be there, and what it says when that fails.
import type { Terminal } from '../platform/terminal.ts';
import type { ProvenOfficer } from './officer-power.ts';
import { TERMINAL_ADDRESS } from './prove-officer.ts';
import type { OfficerOutcome } from './prove-officer.ts';

interface AskingDependencies {
  prove: (who: string) => Promise<OfficerOutcome>;
  terminal: Pick<Terminal, 'complain' | 't'>;
}

/** Undefined when it has been said why not. */
export async function officerAtTerminal(
  { prove, terminal }: AskingDependencies,
  who: string,
): Promise<ProvenOfficer | undefined> {
  const outcome = await prove(who);
  if (outcome.ok) return { account: outcome.officer, address: TERMINAL_ADDRESS };
  const minutes = Math.ceil((outcome.retryAfterSeconds ?? 0) / 60);
  terminal.complain(terminal.t(`roles-command.cannot.${outcome.reason}`, { minutes }));
  return undefined;
}
