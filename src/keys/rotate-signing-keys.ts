// The steps of a signing key's life, each one transaction with its audit records. Whoever comes
// second finds the step done: no process leads, and several may try at once.
import type { AuditLog } from '../audit/audit-log.ts';
import type { AuditEventType } from '../audit/events.ts';
import { isRemovalDue, readinessOf } from './key-schedule.ts';
import type { KeyPolicy, Readiness } from './key-schedule.ts';
import { generateSigningJwk, keyIn } from './signing-key.ts';
import type { SigningAlgorithm, SigningJwk, SigningKeyRecord } from './signing-key.ts';
import type { SigningKeyChange } from './signing-key-change-store.ts';
import type { SigningKeyStore } from './signing-key-store.ts';

export interface RotationDependencies {
  signingKeys: Pick<SigningKeyStore, 'kind' | 'overview' | 'change' | 'markPublished'>;
  audit: AuditLog;
  /** `system`, or `operator` from the command line. */
  actor: string;
}

type Spares = ReadonlyMap<SigningAlgorithm, SigningJwk[]>;

/** Makes what is missing of one active and one announced key per algorithm. True when it did. */
export async function completeKeySet(deps: RotationDependencies): Promise<boolean> {
  const { keys } = await deps.signingKeys.overview();
  const lacking = deps.signingKeys.kind.algorithms.filter(
    (algorithm) => !keyIn(keys, algorithm, 'active') || !keyIn(keys, algorithm, 'next'),
  );
  if (lacking.length === 0) return false;
  const spares = await makeSpares(lacking);
  const revision = await deps.signingKeys.change(async (change) => {
    const made = [];
    for (const algorithm of lacking) made.push(await complete(deps, change, { algorithm, spares }));
    return made.includes(true) ? change.revision : undefined;
  });
  return revision !== undefined;
}

export type PromotionOutcome =
  | { ok: true; revision: number }
  /** Another promotion or a compromise came first. */
  | { ok: false; reason: 'superseded' }
  | ({ ok: false } & Exclude<Readiness, { isReady: true }>);

/**
 * Lets the announced key `kid` take over, retires the one that signed, and announces another;
 * only when no relying party can fail by it.
 */
export async function promoteKey(
  deps: RotationDependencies,
  next: { algorithm: SigningAlgorithm; kid: string },
  policy: KeyPolicy,
): Promise<PromotionOutcome> {
  const { algorithm, kid } = next;
  const spares = await makeSpares([algorithm]);
  let refusal: PromotionOutcome = { ok: false, reason: 'superseded' };
  const revision = await deps.signingKeys.change(async (change) => {
    refusal = { ok: false, reason: 'superseded' };
    const keys = await change.keys();
    const announced = keyIn(keys, algorithm, 'next');
    if (announced?.kid !== kid) return undefined;
    const readiness = readinessOf(announced, change.now, policy);
    if (!readiness.isReady) {
      refusal = { ok: false, ...readiness };
      return undefined;
    }
    const active = keyIn(keys, algorithm, 'active');
    if (active) {
      await change.retire(active);
      await record(deps, change, { type: 'keys.retired', key: active });
    }
    await complete(deps, change, { algorithm, spares });
    return change.revision;
  });
  return revision === undefined ? refusal : { ok: true, revision };
}

/**
 * Drops keys at once and for ever. Where the signing key is among them the announced one takes
 * over at once, or a fresh one when that is dropped too.
 * @returns the revision without them; undefined when none of them was there any more
 */
export async function condemnKeys(
  deps: RotationDependencies,
  kids: readonly string[],
): Promise<number | undefined> {
  const { keys } = await deps.signingKeys.overview();
  const affected = keys.filter(({ kid }) => kids.includes(kid));
  const algorithms = [...new Set(affected.map(({ algorithm }) => algorithm))];
  const spares = await makeSpares(algorithms);
  return deps.signingKeys.change(async (change) => {
    const condemned = (await change.keys()).filter(({ kid }) => kids.includes(kid));
    for (const key of condemned) {
      await change.condemn(key);
      await record(deps, change, { type: 'keys.compromised', key });
    }
    for (const algorithm of algorithms) await complete(deps, change, { algorithm, spares });
    return condemned.length > 0 ? change.revision : undefined;
  });
}

/** Takes retired keys out of the published set whose time is over. */
export async function removeOutdatedKeys(deps: RotationDependencies): Promise<void> {
  await deps.signingKeys.change(async (change) => {
    const outdated = (await change.keys()).filter((key) => isRemovalDue(key, change.now));
    for (const key of outdated) {
      await change.remove(key);
      await record(deps, change, { type: 'keys.removed', key });
    }
    return outdated.length > 0 ? change.revision : undefined;
  });
}

/** Inside a change: one active and one announced key. True when something was missing. */
async function complete(
  deps: RotationDependencies,
  change: SigningKeyChange,
  { algorithm, spares }: { algorithm: SigningAlgorithm; spares: Spares },
): Promise<boolean> {
  const keys = await change.keys();
  const next = keyIn(keys, algorithm, 'next');
  const hasActive = keyIn(keys, algorithm, 'active') !== undefined;
  const [first, second] = spares.get(algorithm) ?? [];
  if (!first || !second) throw new Error(`no spare key for ${algorithm}`);
  const create = async (state: 'active' | 'next', jwk: SigningJwk) => {
    await change.insert(algorithm, state, jwk);
    await record(deps, change, { type: 'keys.created', key: { algorithm, kid: jwk.kid, state } });
  };
  if (!hasActive && next) {
    await change.activate(next);
    await record(deps, change, { type: 'keys.promoted', key: next });
  } else if (!hasActive) {
    await create('active', first);
  }
  if (!hasActive || !next) await create('next', second);
  return !hasActive || !next;
}

/** Two of each: made before the transaction, because RSA keys take a while. */
async function makeSpares(algorithms: readonly SigningAlgorithm[]): Promise<Spares> {
  const make = async (algorithm: SigningAlgorithm) => {
    const pair = [generateSigningJwk(algorithm), generateSigningJwk(algorithm)];
    return [algorithm, await Promise.all(pair)] as const;
  };
  return new Map(await Promise.all(algorithms.map(make)));
}

function record(
  { audit, actor, signingKeys }: RotationDependencies,
  change: SigningKeyChange,
  of: { type: AuditEventType; key: Pick<SigningKeyRecord, 'algorithm' | 'kid' | 'state'> },
): Promise<void> {
  const { algorithm, kid, state } = of.key;
  const { name: set } = signingKeys.kind;
  const details = { set, algorithm, kid, state, revision: change.revision };
  return audit.record({ type: of.type, actor, result: 'done', details }, change.session);
}
