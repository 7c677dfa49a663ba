// An organisation that appoints handlers, on real stores: offers, answers, and what follows each change.
import { cityDate } from '../../src/accounts/age.ts';
import { answerInvitation, invitationsTo } from '../../src/mandates/answer-invitation.ts';
import { appointerOf, inviteHandler } from '../../src/mandates/appoint.ts';
import type { ImportedOffer } from '../../src/mandates/appoint.ts';
import type { HandlerChoices, TypedHandler } from '../../src/mandates/handler-form.ts';
import type { MandateEvent } from '../../src/mandates/mandate-events.ts';
import { daysAfter } from '../../src/mandates/mandate-terms.ts';
import type { Mandate } from '../../src/mandates/mandate.ts';
import { openMandates } from '../../src/mandates/open-mandates.ts';
import { named, personOf } from './entity-city.ts';
import { ADDRESS as address, openEntityStores } from './entity-stores.ts';
import type { EntityProcess, EntityStores } from './entity-stores.ts';

const PEOPLE = [
  ['chen', '陈体验'],
  ['ayinuer', '阿依努尔·示例'],
  ['hezhang', '何长者'],
  ['wang', '王演示'],
  ['lin', '林新办'],
  ['zhao', '赵样本'],
] as const;
/** Represents the organisation. */
const OWNER = 'ayinuer';

export const choices: HandlerChoices = {
  services: ['tax.file', 'social.enrol'],
  clients: ['hall', 'tax'],
  maySubdelegate: true,
};

export class HandlerOffice {
  readonly stores: EntityStores;
  readonly deps: EntityProcess;
  readonly entityId: string;
  readonly events: MandateEvent[];
  /** What clients were told to forget. */
  readonly ended: { ids: readonly string[]; reason: string }[];
  readonly #logins = new Map<string, string>();

  private constructor(
    of: Pick<HandlerOffice, 'stores' | 'deps' | 'entityId' | 'events' | 'ended'>,
  ) {
    this.stores = of.stores;
    this.deps = of.deps;
    this.entityId = of.entityId;
    this.events = of.events;
    this.ended = of.ended;
  }

  static async open(uri: string): Promise<HandlerOffice> {
    const stores = await openEntityStores(
      uri,
      PEOPLE.map(([login, name]) => personOf(login, name)),
    );
    const { deps, entityId } = await stores.registered(OWNER, '阿依努尔·示例');
    const events: MandateEvent[] = [];
    const ended: HandlerOffice['ended'] = [];
    const mandated = openMandates(stores.storage, {
      onEvents: (several) => Promise.resolve(void events.push(...several)),
      authorizations: {
        endConnection: () => Promise.resolve(() => undefined),
        endOfMandates: (ids, reason) => {
          ended.push({ ids, reason });
          return Promise.resolve(() => undefined);
        },
      },
    });
    return new HandlerOffice({ stores, deps: { ...deps, ...mandated }, entityId, events, ended });
  }

  /** As the form is filled in for ten days of one service, unless something else is given. */
  typed(name: string, given: Partial<TypedHandler> = {}): TypedHandler {
    const until = this.day(10);
    const scope = { serviceScope: 'some', services: ['tax.file'], clientScope: 'all', clients: [] };
    const term = { isSingleUse: false, from: '', until, maySubdelegate: false };
    return { holder: 'person', ...named(name), ...scope, ...term, ...given };
  }

  /** YYYY-MM-DD, so many days from today. */
  day(days: number): string {
    return daysAfter(cityDate(this.deps.clock.now()), days);
  }

  async offer(
    by: string,
    form: TypedHandler,
    of: { parent?: Mandate; choices?: HandlerChoices; imported?: ImportedOffer } = {},
  ) {
    const { deps, entityId } = this;
    const person = await this.stores.personCalled(by);
    const upon = { entityId, parentId: of.parent?.id, address };
    const appointer = await appointerOf(deps, person, upon);
    if (!appointer) return 'not_entitled';
    const entity = { id: entityId, uscc: '91440000MA0DEMC01Y' };
    const within = of.choices ?? { ...choices, parent: of.parent };
    const given = { entity, by: appointer.by, choices: within, typed: form, address };
    const { imported } = of;
    return inviteHandler(deps, person, imported ? { ...given, imported } : given);
  }

  /** The oldest offer to this person. */
  async answer(login: string, isAccepted = true, deps: EntityProcess = this.deps) {
    const person = await this.stores.personCalled(login);
    const [first] = await invitationsTo(deps, person);
    const invitationId = first?.invitation.id ?? '';
    return answerInvitation(deps, person, { invitationId, isAccepted, address });
  }

  async appointed(login: string, form: TypedHandler, parent?: Mandate): Promise<Mandate> {
    const by = parent ? (this.#logins.get(parent.holderId) ?? '') : OWNER;
    const outcome = await this.offer(by, form, parent ? { parent } : {});
    const answered = await this.answer(login);
    const person = await this.stores.personCalled(login);
    const held = await this.deps.mandates.ofHolder(person.id);
    const [last] = held.toSorted((a, b) => b.since.getTime() - a.since.getTime());
    if (!last || answered !== 'accepted') {
      throw new Error(`not appointed: ${JSON.stringify(outcome)}, ${answered}`);
    }
    this.#logins.set(last.holderId, login);
    return last;
  }

  async endAll(): Promise<void> {
    const { deps, entityId } = this;
    const all = await deps.mandates.ofEntity(entityId);
    const doomed = all.filter(({ role }) => role !== 'legalRepresentative');
    await this.stores.storage.database.transaction(async (session) => {
      await deps.invitations.withdrawAll(entityId, session);
      for (const { id } of doomed) await deps.mandates.end(id, 'removed', session);
    });
  }

  /** How many attempts were refused for this reason. */
  refusals(reason: string): Promise<number> {
    const records = this.stores.storage.database.collection('auditRecords');
    return records.countDocuments({ type: 'mandates.refused', reason, result: 'refused' });
  }

  close(): Promise<void> {
    return this.stores.close();
  }
}
