// What the last look at each peer found: for every process and command, whoever looked.
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { PeerLook } from './look-at-peer.ts';

export interface PeerSighting extends PeerLook {
  peerId: string;
  seenAt: Date;
}

interface SightingDocument extends PeerLook {
  _id: string;
  seenAt: Date;
  schemaVersion: 1;
}

export class PeerSightingStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async note(peerId: string, { problems, credentials }: PeerLook): Promise<void> {
    const seenAt = this.#deps.clock.now();
    const content = { problems, credentials, seenAt, schemaVersion: 1 } as const;
    await this.#sightings.updateOne({ _id: peerId }, { $set: content }, { upsert: true });
  }

  async find(peerId: string): Promise<PeerSighting | undefined> {
    const document = await this.#sightings.findOne({ _id: peerId });
    return document ? sightingOf(document) : undefined;
  }

  /** By peer. */
  async all(): Promise<Map<string, PeerSighting>> {
    const documents = await this.#sightings.find().toArray();
    return new Map(documents.map((document) => [document._id, sightingOf(document)]));
  }

  get #sightings() {
    return this.#deps.database.collection<SightingDocument>('peerSightings');
  }
}

function sightingOf({
  _id: peerId,
  problems,
  credentials,
  seenAt,
}: SightingDocument): PeerSighting {
  // An end that a key does not name is kept as null.
  const known = credentials.map(({ expiresAt, ...of }) => (expiresAt ? { ...of, expiresAt } : of));
  return { peerId, problems, credentials: known, seenAt };
}
