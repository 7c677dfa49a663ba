// Tickets 票据 for lookups: a platform takes one for a live sign-in and uses it once. They are not stored
// before they are used: a keyed hash tells whose they are, for which sign-in and until when.
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
const TICKET = /^(?<id>[\w-]{22})\.(?<until>\d{10})\.(?<mac>[\w-]{43})$/u;

export function issueTicket(deps: TicketDependencies, holder: TicketHolder): string {
  const id = deps.random.id();
  const until = epochSeconds(deps.clock) + TICKET_SECONDS;
  const mac = deps.keyring.mac('artefactId', LABEL, contentOf(holder, { id, until }));
  return `${id}.${until}.${mac.toString('base64url')}`;
}

/** Its id and end; undefined when it is another's, of another sign-in, over or no ticket at all. */
export function readTicket(
  deps: Pick<TicketDependencies, 'keyring' | 'clock'>,
  ticket: string,
  holder: TicketHolder,
): { id: string; expiresAt: Date } | undefined {
  const { id, until: text, mac } = TICKET.exec(ticket)?.groups ?? {};
  if (id === undefined || mac === undefined) return undefined;
  const until = Number(text);
  const given = Buffer.from(mac, 'base64url');
  const expected = deps.keyring.macs('artefactId', LABEL, contentOf(holder, { id, until }));
  if (!expected.some((each) => timingSafeEqual(each, given))) return undefined;
  if (until <= epochSeconds(deps.clock)) return undefined;
  return { id, expiresAt: new Date(until * 1000) };
}

function contentOf({ platformId, traceId }: TicketHolder, of: { id: string; until: number }) {
  return JSON.stringify([platformId, traceId, of.id, of.until]);
}
