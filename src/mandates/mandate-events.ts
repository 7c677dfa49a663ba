// Every change of a mandate, told in the transaction in which it happens, by the store: nobody who
// changes one can forget who relies on it. What must follow at once hangs here.
import type { ClientSession } from '../platform/mongo.ts';
import type { Mandate, MandateEndReason } from './mandate.ts';

export type MandateEvent =
  | { type: 'granted'; mandate: Mandate }
  /** Its term is another; `mandate` is what it is now. */
  | { type: 'changed'; mandate: Mandate; before: Pick<Mandate, 'expiresAt'> }
  /** The one use of a mandate that is for one only; `mandate.usedFor` says for what. */
  | { type: 'used'; mandate: Mandate }
  | { type: 'ended'; mandate: Mandate; reason: MandateEndReason };

/** Part of the transaction of the changes, of different mandates: what it throws undoes them. */
export type OnMandateEvents = (
  events: readonly MandateEvent[],
  session: ClientSession,
) => Promise<void>;

/** `suspended`: they count on, and nobody can use them while an account that they rest on is locked. */
export type AuthorizationsEndReason = MandateEndReason | 'suspended';

/** What a person has at a client, upon mandates of one organisation. */
export interface ActingConnection {
  mandateIds: readonly string[];
  personId: string;
  clientId: string;
  /** For whom the person acts there. */
  entityId: string;
  /** Who ends it. */
  actor: string;
  address: string;
}

/** What clients were given upon mandates. */
export interface MandateAuthorizations {
  /**
   * Ends all grants that name one of these mandates, with the notices to their clients, in the
   * caller's transaction.
   * @returns to be called after the commit
   */
  endOfMandates(
    mandateIds: readonly string[],
    reason: AuthorizationsEndReason,
    session: ClientSession,
  ): Promise<() => void>;
  /** Ends one person's at one client, likewise; the mandates stay. */
  endConnection(of: ActingConnection, session: ClientSession): Promise<() => void>;
}

/** Given by the composition root. */
export interface MandateHooks {
  onEvents: OnMandateEvents;
  authorizations: MandateAuthorizations;
}
