// `hutong intermediaries …` on the stores of this database; the notices wait for the processes that run.
import { commandAccounts } from '../app/standing.ts';
import { runIntermediariesCommand } from '../intermediaries/intermediaries.commands.ts';
import { QualificationStore } from '../intermediaries/qualification-store.ts';
import type { Invocation } from './invocation.ts';

export function runIntermediaries(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const { accounts, notices, mandated } = commandAccounts(invocation);
  return runIntermediariesCommand(args, {
    ...invocation,
    accounts,
    notices,
    mandates: mandated.mandates,
    qualifications: new QualificationStore(invocation),
  });
}
