// What people are told of the organisations that they act for.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale, formatInstant } from '../platform/http/locale.ts';
import type { Words } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { AccountNotices } from './account-notices.ts';
import { paidBy } from './message.ts';
import type { MessagePayer, MessageTemplate } from './message.ts';

export class EntityNotices {
  readonly #deps: { notices: AccountNotices; words: Words; clock: Clock };

  constructor(deps: { notices: AccountNotices; words: Words; clock: Clock }) {
    this.#deps = deps;
  }

  /** Part of the caller's transaction like `deviceApproved`. */
  mandateChanged(
    of: {
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
    },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, template, entityName: entity, reason } = of;
    const { words } = this.#deps;
    const role = words.translate(defaultLocale, `legal-entities.role.${of.role}`);
    const t = (key: string) => words.translate(defaultLocale, key);
    const values = {
      time: this.#time(),
      entity,
      role,
      ...(reason === undefined ? {} : { why: t(`legal-entities.end_reason.${reason}`) }),
      ...(of.rejectedFor === undefined
        ? {}
        : { why: t(`review.reason.reject.${of.rejectedFor}.applicant`) }),
      ...(of.until === undefined ? {} : { until: formatInstant(defaultLocale, of.until) }),
      ...(of.who === undefined ? {} : { who: of.who }),
      ...(of.link === undefined ? {} : { link: of.link }),
      ...paidBy(of.paidBy ?? []),
      ...(of.proof === undefined
        ? {}
        : { how: words.translate(defaultLocale, `mandates.proof.${of.proof}`) }),
    };
    return this.#deps.notices.tellWithin(transaction, accountId, { template, values });
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
    of: { accountId: string; entityName: string; status: 'cancelled' | 'revoked' },
    transaction: ClientSession,
  ): Promise<() => void> {
    const { accountId, entityName: entity } = of;
    const status = this.#deps.words.translate(defaultLocale, `legal-entities.status.${of.status}`);
    const notice = { template: 'entity_ended', values: { entity, status } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
  }

  /** The register has another name for it. Part of the caller's transaction. */
  entityRenamed(
    { accountId, from, to }: { accountId: string; from: string; to: string },
    transaction: ClientSession,
  ): Promise<() => void> {
    const notice = { template: 'entity_renamed', values: { entity: to, from } } as const;
    return this.#deps.notices.tellWithin(transaction, accountId, notice);
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

  #time(): string {
    return formatInstant(defaultLocale, this.#deps.clock.now());
  }
}
