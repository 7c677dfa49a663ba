// The end of a mandate at the word of a person: given up by who holds it, or taken back by who may.
import type { Account } from '../accounts/account.ts';
import type { AppointDependencies } from './appoint.ts';
import { endMandates } from './end-mandates.ts';
import type { Imported } from './imported.ts';
import { mayEnd } from './mandate.ts';
import type { Mandate } from './mandate.ts';
import type { EndNote } from './mandate-document.ts';
import { mandatesOver, recordRefusedPower } from './power.ts';

type EndDependencies = Pick<AppointDependencies, 'mandates' | 'accounts'>;

/** The mandate that this person may end, with the entity's name. */
export async function endableMandate(
  deps: EndDependencies,
  person: Account,
  mandateId: string,
): Promise<{ mandate: Mandate; entityName: string; isOwn: boolean } | undefined> {
  const mandate = await deps.mandates.findOpen(mandateId);
  if (!mandate) return undefined;
  const { entityId } = mandate;
  const over = await mandatesOver(deps, { entityId, personId: person.id });
  const isOwn = mandate.holderId === person.id || over.some(({ id }) => id === mandateId);
  const mayResign = isOwn && mandate.role !== 'legalRepresentative';
  if (!mayResign && !over.some((by) => mayEnd(by, mandate))) return undefined;
  const entity = await deps.accounts.findById(entityId);
  return { mandate, entityName: entity?.name ?? '', isOwn };
}

export type EndOutcome =
  | { ok: true; entityId: string; reason: 'resigned' | 'removed' }
  /** Ended already, none, or none of the person's business. */
  | { ok: false };

export async function endMandate(
  deps: AppointDependencies,
  person: Account,
  of: {
    mandateId: string;
    note?: EndNote | undefined;
    address: string;
    imported?: Imported | undefined;
  },
): Promise<EndOutcome> {
  const { mandateId, note, address, imported } = of;
  const found = await endableMandate(deps, person, mandateId);
  if (!found) {
    const mandate = await deps.mandates.findOpen(mandateId);
    if (!mandate) return { ok: false };
    const details = { attempt: 'end', mandate: mandateId };
    const refused = { actor: person.id, entityId: mandate.entityId, address, details };
    await recordRefusedPower(deps.audit, { ...refused, reason: 'not_entitled' });
    return { ok: false };
  }
  const { mandate, entityName, isOwn } = found;
  const reason = isOwn ? 'resigned' : 'removed';
  const by = { entityName, reason, actor: person.id, address, imported } as const;
  const tell = await deps.database.transaction((session) =>
    endMandates(deps, [mandate], { ...by, ...(isOwn ? {} : { note }), session }),
  );
  tell();
  return { ok: true, entityId: mandate.entityId, reason };
}
