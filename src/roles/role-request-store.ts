// Requests for roles. Each is decided once, by compare-and-set on its state, inside the transaction of
// the change that it brings about.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { newRequestId, REQUEST_SECONDS } from './role-request.ts';
import type { RoleChangeWanted, RoleRequest } from './role-request.ts';

interface RoleRequestDocument extends Omit<RoleRequest, 'id' | 'departmentId' | 'reason'> {
  _id: string;
  departmentId: string | null;
  reason: string | null;
  state: 'open' | 'approved' | 'withdrawn';
  /** While it is open: of each change one at a time. */
  openKey?: string;
  decidedBy?: string;
  decidedAt?: Date;
  purgeAt: Date;
  schemaVersion: 1;
}

const KEPT_SECONDS = 30 * 86_400;

export class RoleRequestStore {
  readonly #deps: { database: Database; clock: Clock; random: Random };

  constructor(deps: { database: Database; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  /** The new request, or the one that asks for the same already. */
  async open(
    wanted: RoleChangeWanted & { requestedBy: string; reason: string | undefined },
    session: ClientSession,
  ): Promise<{ request: RoleRequest; isNew: boolean }> {
    const { clock, random } = this.#deps;
    const present = await this.findOpen(wanted, session);
    if (present) return { request: present, isNew: false };
    const now = clock.now();
    const openKey = openKeyOf(wanted);
    // One that nobody has approved in time makes room.
    await this.#requests.updateMany({ openKey }, { $unset: { openKey: 1 } }, { session });
    const { departmentId = null, reason = null, ...rest } = wanted;
    const document: RoleRequestDocument = {
      ...rest,
      _id: newRequestId(random),
      departmentId,
      reason,
      requestedAt: now,
      expiresAt: secondsFromNow(clock, REQUEST_SECONDS),
      state: 'open',
      openKey,
      purgeAt: secondsFromNow(clock, KEPT_SECONDS),
      schemaVersion: 1,
    };
    await this.#requests.insertOne(document, { session });
    return { request: requestOf(document), isNew: true };
  }

  /** One that asks for this and can still be approved. */
  async findOpen(
    wanted: RoleChangeWanted,
    session?: ClientSession,
  ): Promise<RoleRequest | undefined> {
    const filter = { openKey: openKeyOf(wanted), expiresAt: { $gt: this.#deps.clock.now() } };
    const document = await this.#requests.findOne(filter, session ? { session } : {});
    return document ? requestOf(document) : undefined;
  }

  /** Undefined when it is not open (any more). */
  async find(id: string): Promise<RoleRequest | undefined> {
    const document = await this.#requests.findOne({ _id: id, ...this.#isOpen() });
    return document ? requestOf(document) : undefined;
  }

  /** Those that wait for somebody, oldest first. */
  async list(): Promise<RoleRequest[]> {
    const documents = await this.#requests.find(this.#isOpen()).sort({ requestedAt: 1 }).toArray();
    return documents.map(requestOf);
  }

  /** True for the one who decides it; what somebody asked for is not approved by the same. */
  async decide(
    id: string,
    decision: { by: string; state: 'approved' | 'withdrawn' },
    session: ClientSession,
  ): Promise<boolean> {
    const { by, state } = decision;
    const others = state === 'approved' ? { requestedBy: { $ne: by } } : {};
    const { matchedCount } = await this.#requests.updateOne(
      { _id: id, ...this.#isOpen(), ...others },
      { $set: { state, decidedBy: by, decidedAt: this.#deps.clock.now() }, $unset: { openKey: 1 } },
      { session },
    );
    return matchedCount === 1;
  }

  #isOpen() {
    return { state: 'open' as const, expiresAt: { $gt: this.#deps.clock.now() } };
  }

  get #requests() {
    return this.#deps.database.collection<RoleRequestDocument>('roleRequests');
  }
}

/** Another request for the same, at the same moment: told from a broken database. */
export function isRequestedTwice(error: unknown): boolean {
  return isDuplicateKey(error);
}

function openKeyOf({ change, role, accountId, departmentId = '' }: RoleChangeWanted): string {
  return [change, role, accountId, departmentId].join(':');
}

function requestOf(document: RoleRequestDocument): RoleRequest {
  const { _id: id, change, role, accountId, requestedBy, requestedAt, expiresAt } = document;
  const departmentId = document.departmentId ?? undefined;
  const reason = document.reason ?? undefined;
  const who = { accountId, departmentId, requestedBy, reason };
  return { id, change, role, ...who, requestedAt, expiresAt };
}
