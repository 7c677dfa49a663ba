// Accounts that the province's link has made become shadows: their number, which the province has given,
// is taken away, and the opaque name of the link stands for it. In batches with a cursor, so that what was
// interrupted goes on; a shadow that is met again stays as it is.
import type { FederatedLink } from '../federation/link.ts';
import type { Shadowing } from '../federation/shadow-account.ts';
import type { LinkStore } from '../federation/link-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Peer } from '../peers/peer.ts';
import type { PeerStore } from '../peers/peer-store.ts';
import type { Conversion, ModeRecord, ModeStore } from './mode-store.ts';
import { holdsShadows } from './registration-mode.ts';

export interface ConvertDependencies {
  modes: Pick<ModeStore, 'noteConversion'>;
  peers: Pick<PeerStore, 'find'>;
  links: Pick<LinkStore, 'madeAccounts'>;
  shadow: (link: FederatedLink, peer: Peer) => Promise<Shadowing>;
  audit: AuditLog;
  /** How many accounts are done before it is noted. */
  batch?: number;
}

const BATCH = 100;

/** @returns how far it has come: the end, or the mode is another by now */
export async function convertAccounts(
  deps: ConvertDependencies,
  record: ModeRecord,
  onProgress: (conversion: Conversion) => void,
): Promise<Conversion> {
  let { conversion } = record;
  const { provinceId, revision } = record;
  const found = provinceId === undefined ? undefined : await deps.peers.find(provinceId);
  while (!conversion.isDone && found && holdsShadows(record)) {
    conversion = await convertBatch(deps, found.peer, conversion);
    if (!(await deps.modes.noteConversion(revision, conversion))) return conversion;
    onProgress(conversion);
    if (conversion.isDone) await noteEnd(deps, record, conversion);
  }
  return conversion;
}

async function convertBatch(
  deps: ConvertDependencies,
  peer: Peer,
  { cursor, converted, kept = 0 }: Conversion,
): Promise<Conversion> {
  const { batch = BATCH } = deps;
  const links = await deps.links.madeAccounts(peer.issuer, cursor, batch);
  const made = { shadowed: 0, kept: 0, unchanged: 0 };
  for (const link of links) made[await deps.shadow(link, peer)] += 1;
  return {
    cursor: links.at(-1)?.id ?? cursor,
    converted: converted + made.shadowed,
    kept: kept + made.kept,
    isDone: links.length < batch,
  };
}

function noteEnd(
  { audit }: ConvertDependencies,
  { planId }: ModeRecord,
  { converted, kept = 0 }: Conversion,
): Promise<void> {
  const details = { plan: planId, accounts: converted, kept };
  return audit.record({
    type: 'registration_mode.converted',
    actor: 'operator',
    result: 'done',
    details,
  });
}
