// What other domains know of the audit log: the event they describe and where they hand it in.
import type { ClientSession } from '../platform/mongo.ts';
import type { AuditEventType } from './events.ts';

/** What happened. Identifiers only: never a name, number, phone, token or secret. */
export interface AuditEvent {
  type: AuditEventType;
  /** Who did it: an account id, `client:<id>`, `operator` (command line) or `system`. */
  actor: string;
  /** Whom it is about, when that is not the actor. */
  subject?: string | undefined;
  clientId?: string | undefined;
  /** Network address of the actor. With it the record also gets the terminal, if that is known. */
  address?: string | undefined;
  result: 'done' | 'refused';
  /** A closed reason of the domain, e.g. `password_wrong`. */
  reason?: string | undefined;
  /** Real-name level that counted, 0–4. */
  level?: number | undefined;
  details?: Record<string, string | number | boolean> | undefined;
}

export interface AuditLog {
  /** Inserts one record; inside `session` it stands or falls with the change. */
  record(event: AuditEvent, session?: ClientSession): Promise<void>;
  /** The same for as many as one command takes. */
  recordAll(events: readonly AuditEvent[], session: ClientSession): Promise<void>;
}
