// `hutong keys rotate --compromised`: drops keys at once, after saying what that breaks.
import { exitCode } from '../platform/terminal.ts';
import { awaitEffect, warnOfSilent } from './keys-in-effect.commands.ts';
import type { KeyCommandDependencies } from './keys.commands.ts';
import { condemnKeys } from './rotate-signing-keys.ts';
import { keyIn } from './signing-key.ts';
import type { SigningAlgorithm, SigningKeyRecord } from './signing-key.ts';
import type { KeySetOverview } from './signing-key-store.ts';

interface DropRequest {
  algorithms: readonly SigningAlgorithm[];
  kid: string | undefined;
  /** The announced and the retired ones too. */
  isAll: boolean;
  isConfirmed: boolean;
}

/** @returns the exit code: 1 when nothing was dropped, or not everywhere yet */
export async function dropKeys(
  deps: KeyCommandDependencies,
  request: DropRequest,
): Promise<number> {
  const { terminal, signingKeys } = deps;
  const overview = await signingKeys.overview();
  const chosen = chooseKeys(overview, request);
  if (chosen.length === 0) return reportNothing(deps, overview, request.kid);
  terminal.complain(explain(deps, chosen));
  if (!request.isConfirmed) {
    const answer = await deps.confirm(terminal.t('signing-keys.drop.question'));
    if (answer !== true) {
      const words = answer === undefined ? 'unconfirmed' : 'declined';
      terminal.complain(terminal.t(`signing-keys.drop.${words}`));
      return exitCode.refused;
    }
  }
  const kids = chosen.map(({ kid }) => kid);
  const revision = await condemnKeys({ ...deps, actor: 'operator' }, kids);
  const after = await signingKeys.overview();
  const words = revision === undefined ? 'superseded' : 'done';
  terminal.print(terminal.t(`signing-keys.drop.${words}`, { kids: kids.join(', ') }));
  for (const algorithm of new Set(chosen.map((key) => key.algorithm))) {
    const kid = keyIn(after.keys, algorithm, 'active')?.kid ?? '-';
    terminal.print(terminal.t('signing-keys.drop.signs_now', { algorithm, kid }));
  }
  const code = await awaitEffect(deps, revision ?? after.revision);
  await warnOfSilent(deps);
  return code;
}

function chooseKeys({ keys }: KeySetOverview, request: DropRequest): SigningKeyRecord[] {
  const { algorithms, kid, isAll } = request;
  if (kid !== undefined) return keys.filter((key) => key.kid === kid);
  return keys.filter(
    ({ algorithm, state }) => algorithms.includes(algorithm) && (isAll || state === 'active'),
  );
}

/** A key that was dropped before is no mistake: the command was repeated. */
async function reportNothing(
  deps: KeyCommandDependencies,
  { compromised, revision }: KeySetOverview,
  kid = '',
): Promise<number> {
  const { terminal } = deps;
  if (!compromised.some((key) => key.kid === kid)) {
    terminal.complain(terminal.t('signing-keys.drop.unknown', { kid }));
    return exitCode.refused;
  }
  terminal.print(terminal.t('signing-keys.drop.already', { kid }));
  const code = await awaitEffect(deps, revision);
  await warnOfSilent(deps);
  return code;
}

function explain(
  { terminal: { t }, policy }: KeyCommandDependencies,
  chosen: readonly SigningKeyRecord[],
): string {
  const lines = chosen.map(
    ({ algorithm, kid, state }) => `  ${algorithm}  ${kid}  ${t(`signing-keys.state.${state}`)}`,
  );
  const seconds = policy.jwksMaxAgeSeconds;
  return [t('signing-keys.drop.chosen'), ...lines, t('signing-keys.drop.breaks', { seconds })].join(
    '\n',
  );
}
