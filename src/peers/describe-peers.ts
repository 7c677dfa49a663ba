// Peers in the words of a terminal: nothing of their secrets but that there are some.
import type { Account } from '../accounts/account.ts';
import type { Clock } from '../platform/clock.ts';
import { formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { daysLeft, endingSoon } from './credential-expiry.ts';
import type { DryRun } from './dry-run.ts';
import { ourAddresses } from './our-addresses.ts';
import type { PeerProblem } from './peer-problem.ts';
import type { PeerDecision, PeerRecord } from './peer-record.ts';
import type { PeerSighting } from './peer-sighting-store.ts';

const PREFIX = 'peers-command';

interface DescribeDependencies {
  terminal: Terminal;
  clock: Clock;
}

export function listPeers(
  { terminal: { t }, clock }: DescribeDependencies,
  records: readonly PeerRecord[],
  sightings: ReadonlyMap<string, PeerSighting>,
): string {
  if (records.length === 0) return t(`${PREFIX}.list.empty`);
  const columns = [
    'id',
    'state',
    'roles',
    'protocol',
    'cap',
    'strength',
    'expiry',
    'name',
  ] as const;
  const header = columns.map((column) => t(`${PREFIX}.list.${column}`));
  const rows = records.map(({ peer }) => {
    const [next] = endingSoon(sightings.get(peer.id)?.credentials ?? [], clock.now());
    return [
      peer.id,
      t(`peers.state.${peer.state}`),
      peer.roles.join(','),
      peer.connection.protocol,
      String(peer.levelCap),
      String(peer.strengthCap),
      next ? endOf(t, next.days) : '-',
      peer.names['zh-CN'],
    ];
  });
  return formatTable([header, ...rows]);
}

/** The registration as it would be imported again, and where it stands. */
export async function describePeer(
  deps: DescribeDependencies & {
    findAccount: (id: string) => Promise<Account | undefined>;
    issuer: string;
  },
  record: PeerRecord,
  sighting: PeerSighting | undefined,
): Promise<string> {
  const { t } = deps.terminal;
  const { state, revision, droppedKeys, ...registration } = record.peer;
  const by = async (key: string, decision: PeerDecision | undefined, values = {}) => {
    if (!decision) return [];
    const who = (await deps.findAccount(decision.by))?.login ?? decision.by;
    return [t(`${PREFIX}.show.${key}`, { who, at: decision.at.toISOString(), ...values })];
  };
  const held = Object.keys(record.secrets).join(', ');
  const authors = record.authors.map((id): PeerDecision => ({ by: id, at: record.updatedAt }));
  const lines = [
    JSON.stringify(registration, null, 2),
    t(`${PREFIX}.show.state`, { state: t(`peers.state.${state}`), revision }),
    ...(await Promise.all(authors.map((author) => by('author', author)))).flat(),
    ...(await by('tested', record.tested)),
    ...(await by('approved', record.approved)),
    ...(await by('activated', record.activated)),
    ...(await by('suspended', record.suspended, { reason: record.suspended?.reason ?? '' })),
    t(`${PREFIX}.show.${held === '' ? 'no_secrets' : 'secrets'}`, { held }),
    ...(droppedKeys.length > 0
      ? [t(`${PREFIX}.show.dropped`, { keys: droppedKeys.join(', ') })]
      : []),
    ...describeSighting(deps, sighting),
    ...describeAddresses(deps, record),
  ];
  return lines.join('\n');
}

/** What the administrators of the platform enter there. */
function describeAddresses(
  { terminal: { t }, issuer }: DescribeDependencies & { issuer: string },
  { peer }: PeerRecord,
): string[] {
  const addresses = ourAddresses(issuer, peer);
  if (addresses.length === 0) return [];
  const lines = addresses.map(({ use, url }) => `  ${t(`peers.our_address.${use}`)}: ${url}`);
  return [t(`${PREFIX}.show.our_addresses`), ...lines];
}

function describeSighting(
  { terminal: { t }, clock }: DescribeDependencies,
  sighting: PeerSighting | undefined,
): string[] {
  if (!sighting) return [t(`${PREFIX}.show.unseen`)];
  const problems = sighting.problems.map(({ code, values }) => t(`peers.look.${code}`, values));
  const credentials = sighting.credentials.map((credential) => {
    const days = daysLeft(credential, clock.now());
    const end = days === undefined ? t('peers.expiry.unsaid') : endOf(t, days);
    return `  ${t(`peers.credential.${credential.kind}`)} ${credential.name}: ${end}`;
  });
  const at = sighting.seenAt.toISOString();
  return [t(`${PREFIX}.show.seen`, { at }), ...credentials, ...problems];
}

function endOf(t: Terminal['t'], days: number): string {
  const count = Math.abs(days);
  return days < 0 ? t('peers.expiry.over', { count }) : t('peers.expiry.days', { count });
}

export function describeDryRun(t: Terminal['t'], run: DryRun): string {
  const list = (fields: readonly string[]) => (fields.length === 0 ? '-' : fields.join(', '));
  const rows = [
    ['kind', t(`peers.kind_of_person.${run.kind}`)],
    ['name', run.maskedName ?? '-'],
    ['certificate', [run.certificateType, run.maskedNumber].filter(Boolean).join(' ') || '-'],
    ['stated', run.statedLevel === '' ? '-' : run.statedLevel],
    ['level', `${run.level} → ${run.cappedLevel}`],
    ['strength', `${run.strength} → ${run.cappedStrength}`],
    ['unread', list(run.unread)],
    ['left_alone', list(run.leftAlone)],
  ];
  return formatTable(rows.map(([key = '', value = '']) => [t(`peers.dry_run.${key}`), value]));
}

export function describeProblem(t: Terminal['t'], { field, code, values }: PeerProblem): string {
  const words = t(`peers.problem.${code}`, values);
  return field === '' ? words : t('peers.problem_of_field', { field, words });
}
