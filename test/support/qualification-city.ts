// Two organisations that apply, two reviewers who decide, and what tests of both need.
import { cityDate } from '../../src/accounts/age.ts';
import { giveUpApplication } from '../../src/intermediaries/apply-qualification.ts';
import type { Qualification, QualificationFacts } from '../../src/intermediaries/qualification.ts';
import { MESSAGE_OUTBOX } from '../../src/notification/message-store.ts';
import { personOf } from './entity-city.ts';
import { ADDRESS as address } from './entity-stores.ts';
import { openQualificationStores } from './qualification-stores.ts';
import type { QualificationStores } from './qualification-stores.ts';

const DAY_MS = 86_400_000;

export interface Applicant {
  entityId: string;
  /** Of its legal representative. */
  login: string;
}

export async function openQualificationCity(uri: string): Promise<QualificationCity> {
  const stores = await openQualificationStores(uri, [
    personOf('chen', '陈体验'),
    personOf('lin', '林新办'),
    personOf('ayinuer', '阿依努尔·示例'),
  ]);
  const chen = { login: 'chen', entityId: (await stores.registered('chen', '陈体验')).entityId };
  const lin = { login: 'lin', entityId: (await stores.registered('lin', '林新办')).entityId };
  const reviewers = [await stores.reviewer('officer-one'), await stores.reviewer('officer-two')];
  return new QualificationCity(stores, { chen, lin, reviewers });
}

export class QualificationCity {
  readonly stores: QualificationStores;
  readonly chen: Applicant;
  readonly lin: Applicant;
  readonly #reviewers: readonly string[];
  #sequence = 0;

  constructor(
    stores: QualificationStores,
    of: { chen: Applicant; lin: Applicant; reviewers: readonly string[] },
  ) {
    this.stores = stores;
    this.chen = of.chen;
    this.lin = of.lin;
    this.#reviewers = of.reviewers;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Another certificate than before. */
  nextNumber(): void {
    this.#sequence += 1;
  }

  one(): string {
    return this.#reviewers[0] ?? '';
  }

  two(): string {
    return this.#reviewers[1] ?? '';
  }

  /** YYYY-MM-DD, so many days from today. */
  day(offset: number): string {
    return cityDate(new Date(this.stores.clock.now().getTime() + offset * DAY_MS));
  }

  factsOf(more: Partial<QualificationFacts> = {}): QualificationFacts {
    return {
      kind: 'bookkeeping',
      names: {
        kind: { 'zh-CN': '代理记账', en: 'Bookkeeping' },
        department: { 'zh-CN': '财政局', en: 'Finance Bureau' },
      },
      number: `DLJZ-${this.#sequence}`,
      authority: '示例市财政局',
      validFrom: this.day(-10),
      validUntil: this.day(300),
      ...more,
    };
  }

  async granted(of = this.chen, facts = this.factsOf()): Promise<Qualification> {
    return this.stores.decide(this.one(), await this.stores.sent(of, facts));
  }

  async heldIds({ entityId }: Pick<Applicant, 'entityId'>): Promise<string[]> {
    return (await this.stores.heldBy(entityId)).map(({ id }) => id);
  }

  messages(): Promise<number> {
    return this.stores.storage.database.collection(MESSAGE_OUTBOX).countDocuments();
  }

  /** Ends what a test has left open, so that the next can begin. */
  async giveUp(of: Pick<Qualification, 'id'>, login = 'chen'): Promise<boolean> {
    const { id: personId } = await this.stores.personCalled(login);
    const present = await this.stores.again(of.id);
    return giveUpApplication(this.stores.deps, present, { personId, address });
  }
}
