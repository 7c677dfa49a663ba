// `hutong keys rotate`: the announced key takes over as soon as no relying party can fail by it.
import { setTimeout as delay } from 'node:timers/promises';
import { exitCode } from '../platform/terminal.ts';
import { removalDueAt, readinessOf } from './key-schedule.ts';
import type { Readiness } from './key-schedule.ts';
import { notePublished } from './key-publication.ts';
import { awaitEffect, namesOf, processesBehind } from './keys-in-effect.commands.ts';
import type { KeyCommandDependencies } from './keys.commands.ts';
import { completeKeySet, promoteKey } from './rotate-signing-keys.ts';
import { keyIn } from './signing-key.ts';
import type { SigningAlgorithm, SigningKeyRecord } from './signing-key.ts';
import type { KeySetOverview } from './signing-key-store.ts';

const POLL_MS = 250;

/** @returns the exit code: 1 when not every algorithm was rotated, or not everywhere yet */
export async function rotateKeys(
  deps: KeyCommandDependencies,
  algorithms: readonly SigningAlgorithm[],
  canWait: boolean,
): Promise<number> {
  await completeKeySet({ ...deps, actor: 'operator' });
  const revisions: number[] = [];
  let isComplete = true;
  for (const algorithm of algorithms) {
    const revision = await rotateOne(deps, algorithm, canWait);
    if (revision === undefined) isComplete = false;
    else revisions.push(revision);
  }
  if (!isComplete && !canWait) deps.terminal.complain(deps.terminal.t('signing-keys.rotate.wait'));
  if (revisions.length === 0) return exitCode.refused;
  const code = await awaitEffect(deps, Math.max(...revisions));
  return isComplete ? code : exitCode.refused;
}

/** @returns the revision with the new key, also when another command made it; undefined: not yet */
async function rotateOne(
  deps: KeyCommandDependencies,
  algorithm: SigningAlgorithm,
  canWait: boolean,
): Promise<number | undefined> {
  const { terminal } = deps;
  const wanted = keyIn((await deps.signingKeys.overview()).keys, algorithm, 'next');
  let hasExplained = false;
  for (;;) {
    const overview = await publishedOverview(deps);
    const next = keyIn(overview.keys, algorithm, 'next');
    if (!next || next.kid !== wanted?.kid) return reportSuperseded(deps, algorithm, overview);
    const readiness = readinessOf(next, overview.now, deps.policy);
    if (readiness.isReady) {
      const outcome = await promoteKey({ ...deps, actor: 'operator' }, next, deps.policy);
      if (outcome.ok) return reportRotated(deps, next, outcome.revision);
    } else {
      if (!hasExplained) terminal.complain(await explainDelay(deps, next, { overview, readiness }));
      hasExplained = true;
      if (!canWait) return undefined;
      await delay(POLL_MS);
    }
  }
}

/** The present keys, with the note when the announced ones were known everywhere. */
async function publishedOverview(deps: KeyCommandDependencies): Promise<KeySetOverview> {
  const overview = await deps.signingKeys.overview();
  const allServersKnow = async (_subject: string, revision: number) =>
    (await processesBehind(deps, revision)).length === 0;
  const isNoted = await notePublished({ ...deps, processes: { allServersKnow } }, overview);
  return isNoted ? deps.signingKeys.overview() : overview;
}

async function explainDelay(
  deps: KeyCommandDependencies,
  { algorithm, kid }: SigningKeyRecord,
  { overview, readiness }: { overview: KeySetOverview; readiness: Readiness & { isReady: false } },
): Promise<string> {
  const { t } = deps.terminal;
  if (readiness.reason === 'publishing') {
    const at = readiness.readyAt.toISOString();
    return t('signing-keys.rotate.publishing', { algorithm, kid, at });
  }
  const processes = namesOf(await processesBehind(deps, overview.revision));
  return t('signing-keys.rotate.unpublished', { algorithm, kid, processes });
}

async function reportRotated(
  { terminal, signingKeys }: KeyCommandDependencies,
  { algorithm, kid }: SigningKeyRecord,
  revision: number,
): Promise<number> {
  terminal.print(terminal.t('signing-keys.rotate.done', { algorithm, kid }));
  const { keys } = await signingKeys.overview();
  const former = keys
    .filter((key) => key.algorithm === algorithm && key.state === 'retired')
    .reduce<SigningKeyRecord | undefined>(newer, undefined);
  if (former) {
    const at = removalDueAt(former).toISOString();
    terminal.print(terminal.t('signing-keys.rotate.former', { kid: former.kid, at }));
  }
  return revision;
}

function newer(a: SigningKeyRecord | undefined, b: SigningKeyRecord): SigningKeyRecord {
  return a && a.number > b.number ? a : b;
}

function reportSuperseded(
  { terminal }: KeyCommandDependencies,
  algorithm: SigningAlgorithm,
  { keys, revision }: KeySetOverview,
): number {
  const kid = keyIn(keys, algorithm, 'active')?.kid ?? '-';
  terminal.print(terminal.t('signing-keys.rotate.superseded', { algorithm, kid }));
  return revision;
}
