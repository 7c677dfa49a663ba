// The construction mode of this platform: who registers its people, since when, and by whose decision.
import type { InitialMode } from '../platform/registration-mode-config.ts';

export interface ConstructionMode extends InitialMode {
  /** Undefined: as the installation was set up. */
  since?: Date | undefined;
  /** Account ids of the two officers. */
  by: readonly string[];
  /** Counts changes; 0 before the first. */
  revision: number;
}

/** People who come from the province leave no number here. */
export function holdsShadows({ mode }: Pick<ConstructionMode, 'mode'>): boolean {
  return mode !== 'independent';
}
