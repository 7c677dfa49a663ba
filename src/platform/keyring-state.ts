// What each data key is for at present, and how far a rotation has come.
import type { KeyPurpose } from './crypto.ts';

/** How far a rotation has come; see docs/decisions/0008-data-key-rotation.md. */
export type RotationPhase = 'announced' | 'activated' | 'dropping';

export interface RotationState {
  to: number;
  phase: RotationPhase;
  startedAt: Date;
  /** Collections of which everything is under the new key, up to an id. */
  positions?: Record<string, RotationPosition>;
  /** What stands against it; ids of accounts. */
  problems?: { index: string; accountIds: string[] }[];
}

export interface RotationPosition {
  isDone: boolean;
  after?: string;
}

export interface PurposeState {
  /** Numbers of keys, newest first. The first writes; blind indexes are written under all. */
  writing: number[];
  /** What opens, verifies and finds. */
  reading: number[];
  /** When the writing key became it. */
  writingSince: Date;
  /** Counts the changes of `writing`. */
  generation: number;
  /** The highest number ever given. */
  last: number;
  rotation?: RotationState | undefined;
}

export type PurposeStates = Record<KeyPurpose, PurposeState>;

export interface KeyringState {
  revision: number;
  purposes: PurposeStates;
}
