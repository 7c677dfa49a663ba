// Digests by which hub and platform find out where their entries differ without sending all of them: one
// for each of 4,096 partitions, by the first two characters of the index.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';

export interface DigestedEntry {
  index: string;
  version: number;
  level: number;
  /** Epoch seconds. */
  expiresAt: number;
}

export function partitionOf(index: string): string {
  return index.slice(0, 2);
}

/** Of entries in the order of their indexes. */
export class PartitionDigests {
  readonly #hashes = new Map<string, Hash>();

  add({ index, version, level, expiresAt }: DigestedEntry): void {
    const partition = partitionOf(index);
    const hash = this.#hashes.get(partition) ?? createHash('sha256');
    this.#hashes.set(partition, hash);
    hash.update(`${index} ${version} ${level} ${expiresAt}\n`);
  }

  /** Ends it: base64url by partition. */
  finish(): Record<string, string> {
    const digests = [...this.#hashes].map(([partition, hash]) => {
      return [partition, hash.digest('base64url')] as const;
    });
    return Object.fromEntries(digests);
  }
}

/** Partitions that are not alike on both sides. */
export function differingPartitions(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): string[] {
  const all = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...all].filter((partition) => a[partition] !== b[partition]).toSorted();
}
