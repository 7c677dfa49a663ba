// Tickets 票据 for lookups: a platform takes one for a live sign-in and uses it once. They are not stored
// before they are used: a keyed hash tells whose they are, for which sign-in and until when. Those that were
// taken together are a batch, because they are mostly used together as well: one document remembers all.
import { timingSafeEqual } from 'node:crypto';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Random } from '../../platform/random.ts';
import { TICKET_SECONDS } from './hub-interface.ts';

interface TicketDependencies {
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

interface TicketHolder {
  platformId: string;
  traceId: string;
}

const LABEL = 'recognition.lookup-ticket';
const TICKET = /^(?<batch>[\w-]{22})\.(?<place>\d{1,2})\.(?<until>\d{10})\.(?<mac>[\w-]{43})$/u;

export interface ReadTicket {
  batch: string;
  /** In its batch, from 0. */
  place: number;
  expiresAt: Date;
}

/** One for each sign-in, named by its trace id. */
export function issueTickets(
  deps: TicketDependencies,
  platformId: string,
  traceIds: readonly string[],
): string[] {
  const batch = deps.random.id();
  const until = epochSeconds(deps.clock) + TICKET_SECONDS;
  return traceIds.map((traceId, place) => {
    const content = contentOf({ platformId, traceId }, { batch, place, until });
    const mac = deps.keyring.mac('artefactId', LABEL, content);
    return `${batch}.${place}.${until}.${mac.toString('base64url')}`;
  });
}

/** Undefined when it is another's, of another sign-in, over or no ticket at all. */
export function readTicket(
  deps: Pick<TicketDependencies, 'keyring' | 'clock'>,
  ticket: string,
  holder: TicketHolder,
): ReadTicket | undefined {
  const groups = TICKET.exec(ticket)?.groups ?? {};
  const { batch, mac } = groups;
  if (batch === undefined || mac === undefined) return undefined;
  const [place, until] = [Number(groups['place']), Number(groups['until'])];
  const given = Buffer.from(mac, 'base64url');
  const content = contentOf(holder, { batch, place, until });
  const expected = deps.keyring.macs('artefactId', LABEL, content);
  if (!expected.some((each) => timingSafeEqual(each, given))) return undefined;
  if (until <= epochSeconds(deps.clock)) return undefined;
  return { batch, place, expiresAt: new Date(until * 1000) };
}

function contentOf(
  { platformId, traceId }: TicketHolder,
  { batch, place, until }: { batch: string; place: number; until: number },
): string {
  return JSON.stringify([platformId, traceId, batch, place, until]);
}
