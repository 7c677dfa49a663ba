// Rotates data keys while everything runs (docs/decisions/0008-data-key-rotation.md). Each step is
// a compare-and-set in the database that waits until every live process acts upon the step before;
// so a command that was killed anywhere is completed by repeating it.
import type { IndexProblem } from '../accounts/account-index-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { KeyringState, PurposeState } from '../platform/keyring-state.ts';
import type { LiveProcess } from '../platform/live-processes-store.ts';
import { changeKeys, lateProcesses } from './keyring-change.ts';
import { resealAll } from './reseal-all.ts';
import type { ResealDependencies } from './reseal-all.ts';

/** The keyed hashes of `artefactId` and `pairwise` name things for ever; their keys stay. */
export const rotatingPurposes = ['encryption', 'blindIndex', 'cookie', 'audit'] as const;
export type RotatingPurpose = (typeof rotatingPurposes)[number];

/** The part of the accounts that holds blind indexes; see AccountIndexes. */
export interface RotatedIndexes {
  fence(generation: number): Promise<void>;
  fill(to: number, options: IndexProgress): Promise<IndexProblem[]>;
  drop(to: number, options: IndexProgress): Promise<IndexProblem[]>;
}

interface IndexProgress {
  onBatch: (progress: { documents: number }) => Promise<void>;
}

export type RotationOutcome =
  | { ok: true; number: number }
  | { ok: false; reason: 'waiting'; processes: LiveProcess[] }
  | { ok: false; reason: 'collision'; problems: IndexProblem[] };

export interface RotationDependencies extends ResealDependencies {
  /** Of this command. */
  keyring: Keyring;
  indexes: RotatedIndexes;
  clock: Clock;
}

interface Rotating {
  state: KeyringState;
  own: PurposeState;
  /** The new key. */
  to: number;
}

export class DataKeyRotation {
  readonly #deps: RotationDependencies;

  constructor(deps: RotationDependencies) {
    this.#deps = deps;
  }

  /** Begins a rotation or goes on with one. Without `waits` it returns where it would have to. */
  async rotate(purpose: RotatingPurpose, { waits }: { waits: boolean }): Promise<RotationOutcome> {
    const { keys, keyring } = this.#deps;
    let begun: number | undefined;
    for (;;) {
      const state = await keys.state();
      await keyring.refresh();
      const own = state.purposes[purpose];
      const { rotation } = own;
      if (!rotation && begun !== undefined) return { ok: true, number: begun };
      if (!rotation) {
        await this.#announce(purpose, state);
        begun = own.last + 1;
        continue;
      }
      begun = rotation.to;
      const late = await lateProcesses(this.#deps, state.revision, waits);
      if (late.length > 0) return { ok: false, reason: 'waiting', processes: late };
      const rotating = { state, own, to: rotation.to };
      const problems = await this.#step(purpose, rotating);
      if (problems.length > 0) return { ok: false, reason: 'collision', problems };
    }
  }

  async #step(purpose: RotatingPurpose, rotating: Rotating): Promise<IndexProblem[]> {
    const phase = rotating.own.rotation?.phase;
    if (purpose === 'blindIndex') return this.#stepOfIndexes(rotating);
    if (phase === 'announced') await this.#activate(purpose, rotating);
    else await this.#finish(purpose, rotating);
    return [];
  }

  /** From now on everybody can read what the new key writes; indexes are written under both. */
  async #announce(purpose: RotatingPurpose, state: KeyringState): Promise<void> {
    const { keys, clock, onProgress } = this.#deps;
    const own = state.purposes[purpose];
    const to = own.last + 1;
    const startedAt = clock.now();
    // What a command left that was killed in its last step.
    await keys.destroyUnused(purpose);
    await keys.addKey(purpose, to, startedAt);
    const known =
      purpose === 'blindIndex'
        ? { writing: [to, ...own.writing], generation: own.generation + 1 }
        : { reading: [to, ...own.reading] };
    const rotation = { to, phase: 'announced' as const, startedAt };
    await changeKeys(
      this.#deps,
      { purpose, from: state },
      { ...own, ...known, last: to, rotation },
    );
    onProgress({ step: 'announced', number: to });
  }

  async #activate(purpose: RotatingPurpose, { state, own, to }: Rotating): Promise<void> {
    const present =
      purpose === 'blindIndex'
        ? { reading: [to] }
        : { writing: [to], generation: own.generation + 1 };
    await changeKeys(
      this.#deps,
      { purpose, from: state },
      {
        ...own,
        ...present,
        writingSince: this.#deps.clock.now(),
        rotation: own.rotation && { ...own.rotation, phase: 'activated' },
      },
    );
    this.#deps.onProgress({ step: 'activated', number: to });
  }

  async #finish(purpose: RotatingPurpose, { state, own }: Rotating): Promise<void> {
    if (purpose === 'encryption') await resealAll(this.#deps, own.rotation?.positions);
    const { rotation: _, ...rest } = own;
    await changeKeys(this.#deps, { purpose, from: state }, rest);
  }

  /** Announced: written under both. Activated: found under the new. Dropping: written under it. */
  async #stepOfIndexes({ state, own, to }: Rotating): Promise<IndexProblem[]> {
    const { indexes, keys, onProgress } = this.#deps;
    const phase = own.rotation?.phase;
    await indexes.fence(own.generation);
    if (phase === 'announced') {
      const problems = await indexes.fill(to, this.#indexProgress());
      await keys.noteProblems('blindIndex', problems);
      if (problems.length === 0) await this.#activate('blindIndex', { state, own, to });
      return problems;
    }
    if (phase === 'activated') {
      const rotation = own.rotation && { ...own.rotation, phase: 'dropping' as const };
      const next = { ...own, writing: [to], generation: own.generation + 1, rotation };
      await changeKeys(this.#deps, { purpose: 'blindIndex', from: state }, next);
      onProgress({ step: 'dropping', number: to });
      return [];
    }
    const problems = await indexes.drop(to, this.#indexProgress());
    await keys.noteProblems('blindIndex', problems);
    if (problems.length > 0) return problems;
    const { rotation: _, ...rest } = own;
    await changeKeys(this.#deps, { purpose: 'blindIndex', from: state }, rest);
    await keys.destroyUnused('blindIndex');
    return [];
  }

  #indexProgress(): IndexProgress {
    return {
      onBatch: ({ documents }) => {
        this.#deps.onProgress({ step: 'working', on: 'accounts', documents });
        return Promise.resolve();
      },
    };
  }
}
