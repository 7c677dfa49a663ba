// Papers on their way to staff: files that wait in slots, each slot for what one of them shows, apart
// for each thing that they are sent for.
import type { EvidenceFile } from '../evidence-files/evidence-file-store.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';

/** Words of a slot: `verification-review.slot.<slot>`. */
export interface SlotRule<Slot extends string> {
  slot: Slot;
  isRequired: boolean;
}

/** Where papers wait until they are handed in. */
export interface PaperPlace {
  /** An account, or what stands in for one where nobody is signed in. */
  ownerId: string;
  /** What they are for, where papers for several things may wait beside each other. */
  purpose?: string | undefined;
  /** Who sends them: an account id, or `anonymous`. Absent: the owner. */
  actor?: string | undefined;
}

export type Paper<Slot extends string> = EvidenceFile & { shows: Slot };

export class PaperFiles<Slot extends string> {
  readonly slots: readonly Slot[];
  readonly #files: EvidenceFiles;

  constructor(files: EvidenceFiles, slots: readonly Slot[]) {
    this.#files = files;
    this.slots = slots;
  }

  /** How long files stay after the decision. */
  get keptDays(): number {
    return this.#files.keptDays;
  }

  /** Files that wait to be sent, oldest first, and what they show. */
  async waiting(place: PaperPlace): Promise<Paper<Slot>[]> {
    const files = await this.#files.looseOf(place.ownerId);
    return files.flatMap((file) => {
      const shows = this.slots.find((slot) => file.slot === keptSlot(slot, place));
      return shows === undefined ? [] : [{ ...file, shows }];
    });
  }

  /**
   * @param of `address`: of the person's browser
   * @throws AppError `overloaded` when too many are being converted
   */
  add(
    place: PaperPlace,
    of: { slot: Slot; address: string },
    bytes: Buffer,
  ): ReturnType<EvidenceFiles['add']> {
    const { ownerId, actor } = place;
    const slot = keptSlot(of.slot, place);
    const by = actor === undefined ? {} : { actor };
    return this.#files.add({ ownerId, slot, address: of.address, ...by }, bytes);
  }

  /** False for a file that is unknown, another's, or sent already. */
  discard(id: string, { ownerId }: PaperPlace): Promise<boolean> {
    return this.#files.discard(id, ownerId);
  }
}

/** Required slots that none of the papers fills. */
export function missingSlots<Slot extends string>(
  rules: readonly SlotRule<Slot>[],
  papers: readonly { shows: Slot }[],
): Slot[] {
  return rules
    .filter(({ slot, isRequired }) => isRequired && !papers.some(({ shows }) => shows === slot))
    .map(({ slot }) => slot);
}

function keptSlot(slot: string, { purpose }: PaperPlace): string {
  return purpose === undefined ? slot : `${slot}:${purpose}`;
}
