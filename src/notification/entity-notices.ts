// What people are told of the organisations that they act for.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale, formatInstant } from '../platform/http/locale.ts';
import type { TranslateValues, Words } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { AccountNotice, AccountNotices } from './account-notices.ts';
import { paidBy } from './message.ts';
import type { MessagePayer, MessageTemplate } from './message.ts';

/** What one account is told of a mandate. */
export interface MandateNotice {
  accountId: string;
  template: Extract<MessageTemplate, `mandate_${string}`>;
  entityName: string;
  role: string;
  /** Why it ended: words `legal-entities.end_reason.<reason>`. */
  reason?: string;
  /** Why staff said no: words `review.reason.reject.<rejectedFor>.applicant`. */
  rejectedFor?: string;
  /** When an offer or a term is over. */
  until?: Date;
  /** Who asks, or who was appointed. */
  who?: string;
  /** How the organisation said yes: words `mandates.proof.<proof>`. */
  proof?: string;
  /** By which it ends at once. */
  link?: string;
  /** Whose doing it is: text messages count against its own budget, too. */
  paidBy?: readonly MessagePayer[];
}

export class EntityNotices {
  readonly #deps: { notices: AccountNotices; words: Words; clock: Clock };

  constructor(deps: { notices: AccountNotices; words: Words; clock: Clock }) {
    this.#deps = deps;
  }

  /** Part of the caller's transaction like `deviceApproved`. */
  mandateChanged(of: MandateNotice, transaction: ClientSession): Promise<() => void> {
    return this.mandatesChanged([of], transaction);
  }

  mandatesChanged(
    notices: readonly MandateNotice[],
    transaction: ClientSession,
  ): Promise<() => void> {
    const told = notices.map((of) => {
      const { accountId, template } = of;
      return { accountId, template, values: this.#valuesOf(of) };
    });
    return this.#deps.notices.tellEachWithin(transaction, told);
  }

  /** In place of `mandateChanged` where nobody decides for what was named. */
  nobodyAsked(
    { entityName: entity, who }: { entityName: string; who: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const notice = {
      template: 'mandate_requested',
      values: { time: this.#time(), entity, who },
    } as const;
    return this.#deps.notices.tellNobodyWithin(transaction, notice);
  }

  /** Its legal representative has registered the entity anew. Part of the caller's transaction. */
  entityDisplaced(
    accountId: string,
    entityName: string,
    transaction: ClientSession,
  ): Promise<() => void> {
    const values = { time: this.#time(), entity: entityName };
    const notice = { template: 'entity_displaced', values } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /** The register says that the entity ended. Part of the caller's transaction. */
  entityEnded(
    of: { accountIds: Iterable<string>; entityName: string; status: 'cancelled' | 'revoked' },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountIds, entityName: entity } = of;
    const status = this.#deps.words.translate(defaultLocale, `legal-entities.status.${of.status}`);
    const notice = { template: 'entity_ended', values: { entity, status } } as const;
    return this.#tellAll(accountIds, notice, transaction);
  }

  /** The register has another name for it. Part of the caller's transaction. */
  entityRenamed(
    { accountIds, from, to }: { accountIds: Iterable<string>; from: string; to: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const notice = { template: 'entity_renamed', values: { entity: to, from } } as const;
    return this.#tellAll(accountIds, notice, transaction);
  }

  /** The register names this person as its legal representative. Part of the caller's transaction. */
  entityToTakeOver(
    { accountId, entityName: entity }: { accountId: string; entityName: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const notice = { template: 'entity_to_take_over', values: { entity } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /** A branch or department has an account, or none any more. Part of the caller's transaction. */
  subAccountChanged(
    of: {
      accountId: string;
      entityName: string;
      change: 'made' | 'closed';
      paidBy: readonly MessagePayer[];
    },
    transaction: ClientSession,
  ): Promise<() => void> {
    const values = { time: this.#time(), entity: of.entityName, ...paidBy(of.paidBy) };
    const notice = { template: `sub_account_${of.change}`, values } as const;
    return this.#deps.notices.tellWithin(transaction, of.accountId, notice);
  }

  /** Of its own, by who represents it. Part of the caller's transaction. */
  entityPasswordChanged(
    of: { accountId: string; entityName: string; change: 'set' | 'removed' },
    transaction: ClientSession,
  ): Promise<() => void> {
    const values = { time: this.#time(), entity: of.entityName };
    const notice = { template: `entity_password_${of.change}`, values } as const;
    return this.#deps.notices.tellWithin(transaction, of.accountId, notice);
  }

  /** The same where who knew the former one has replaced it. */
  entityPasswordReplaced(accountId: string, entityName: string): Promise<void> {
    const values = { time: this.#time(), entity: entityName };
    return this.#deps.notices.tell(accountId, 'entity_password_set', values);
  }

  /** It has shown more than before. Part of the caller's transaction. */
  entityRaised(
    of: { accountId: string; entityName: string; level: number },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { words, notices } = this.#deps;
    const level = words.translate(defaultLocale, `legal-entities.level.${of.level}`);
    const values = { time: this.#time(), entity: of.entityName, level };
    return notices.tellWithin(transaction, of.accountId, { template: 'entity_raised', values });
  }

  /** What it has shown counts no more after then. Part of the caller's transaction. */
  entityProofEnding(
    of: { accountId: string; entityName: string; source: string; until: Date },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { words, notices } = this.#deps;
    const proof = words.translate(defaultLocale, `legal-entities.proof.${of.source}`);
    const until = formatInstant(defaultLocale, of.until);
    const values = { entity: of.entityName, proof, until };
    return notices.tellWithin(transaction, of.accountId, {
      template: 'entity_proof_ending',
      values,
    });
  }

  /**
   * Of what makes an organisation an intermediary; part of the caller's transaction.
   * @param of `qualification`: its kind, in words; `until`: the last day, YYYY-MM-DD; `reason`: words
   * `intermediary.ended.<reason>`
   */
  qualificationChanged(
    of: { accountId: string; entityName: string; qualification: string } & (
      | { template: 'qualification_ending'; until: string }
      | { template: 'qualification_ended'; reason: string }
      | { template: 'qualification_claimed' }
    ),
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, template, entityName: entity, qualification } = of;
    const { words, notices } = this.#deps;
    const more =
      template === 'qualification_ending'
        ? { until: of.until }
        : template === 'qualification_ended'
          ? { why: words.translate(defaultLocale, `intermediary.ended.${of.reason}`) }
          : {};
    const values = { time: this.#time(), entity, qualification, ...more };
    return notices.tellWithin(transaction, accountId, { template, values });
  }

  #tellAll(
    accountIds: Iterable<string>,
    notice: AccountNotice,
    transaction: ClientSession,
  ): Promise<() => void> {
    const told = [...accountIds].map((accountId) => ({ accountId, ...notice }));
    return this.#deps.notices.tellEachWithin(transaction, told);
  }

  #valuesOf(of: MandateNotice): TranslateValues {
    const t = (key: string) => this.#deps.words.translate(defaultLocale, key);
    const { reason, rejectedFor, until, who, link, proof } = of;
    return {
      time: this.#time(),
      entity: of.entityName,
      role: t(`legal-entities.role.${of.role}`),
      ...(reason === undefined ? {} : { why: t(`legal-entities.end_reason.${reason}`) }),
      ...(rejectedFor === undefined
        ? {}
        : { why: t(`review.reason.reject.${rejectedFor}.applicant`) }),
      ...(until === undefined ? {} : { until: formatInstant(defaultLocale, until) }),
      ...(who === undefined ? {} : { who }),
      ...(link === undefined ? {} : { link }),
      ...paidBy(of.paidBy ?? []),
      ...(proof === undefined ? {} : { how: t(`mandates.proof.${proof}`) }),
    };
  }

  #time(): string {
    return formatInstant(defaultLocale, this.#deps.clock.now());
  }
}
