// What people are told outside of pages: who sends it, why, and what to do if it was not them.
// Never a link that signs in. The words stand in locales (`message.<template>.…`).
import { z } from 'zod';
import { locales } from '../platform/http/locale.ts';
import type { TranslateValues, Words } from '../platform/http/locale.ts';

export const messageTemplates = [
  'new_device',
  'password_changed',
  'totp_enrolled',
  'totp_removed',
  'recovery_codes_made',
  'recovery_code_used',
  'passkey_added',
  'passkey_removed',
  'passkey_copied',
  'second_factor_guessed',
  'refresh_reused',
  'device_approved',
  'level_raised',
  'level_expired',
  'identity_displaced',
  'stock_account_bound',
  'federation_linked',
  'federation_frozen',
  'federation_ended',
  'phone_left',
  'contact_changed',
  'contacts_kept',
  'contact_removed',
  'review_approve',
  'review_reject',
  'review_ask',
  'role_granted',
  'role_revoked',
  'account_recovered',
  'recovery_waiting',
  'recovery_ready',
  'recovery_cancelled',
  'account_frozen',
  'mandate_granted',
  'mandate_accepted',
  'mandate_ended',
  'mandate_resigned',
  'mandate_lapsed',
  'mandate_lapsed_colleague',
  'mandate_offered',
  'mandate_requested',
  'mandate_request_declined',
  'mandate_letter_refused',
  'mandate_letter_refused_entity',
  'mandate_given',
  'mandate_declined',
  'mandate_over',
  'mandate_over_granter',
  'mandate_changed',
  'mandate_ending',
  'mandate_ending_granter',
  'entity_ended',
  'entity_renamed',
  'entity_to_take_over',
  'entity_raised',
  'entity_proof_ending',
  'entity_displaced',
  'entity_password_set',
  'entity_password_removed',
  'sub_account_made',
  'sub_account_closed',
  'qualification_ending',
  'qualification_ended',
  'qualification_claimed',
  'guardianship_begun',
  'guardianship_claimed',
  'guardianship_withdrawn',
  'guardianship_erased',
  'guardianship_rested',
  'guardianship_resumed',
  'guardianship_ended',
  'guardian_changed',
  'guardian_review',
  'guardian_joined',
  'one_time_code',
  'data_exported',
  'closing_requested',
  'closing_cancelled',
  'closing_stopped',
  'account_closed',
  'staff_joined',
  'staff_readmitted',
  'merge_waiting',
  'merge_stopped',
  'merge_void',
  'merge_kept',
  'merge_ended',
] as const;
export type MessageTemplate = (typeof messageTemplates)[number];

export const messageSchema = z.strictObject({
  /** `nowhere`: queued so that asking takes the same time, and dropped. */
  channel: z.enum(['mail', 'sms', 'nowhere']),
  to: z.string().min(1).max(320),
  template: z.enum(messageTemplates),
  values: z.record(z.string(), z.union([z.string(), z.number()])),
  language: z.enum(locales),
  /** Epoch milliseconds after which the message is worth nothing and is not sent. */
  notAfter: z.number().optional(),
});
export type Message = z.infer<typeof messageSchema>;

/** Who causes a text message has a budget of its own. */
export interface MessagePayer {
  kind: 'organisation' | 'client';
  id: string;
}

const PAID_BY = 'paid_by';

/** Told by a value, so that the release before delivers it, too. */
export function paidBy(payers: readonly MessagePayer[]): Record<string, string> {
  if (payers.length === 0) return {};
  return { [PAID_BY]: payers.map(({ kind, id }) => `${kind}:${id}`).join(' ') };
}

export function payersOf({ values }: Pick<Message, 'values'>): MessagePayer[] {
  const parts = String(values[PAID_BY] ?? '').split(' ');
  return parts.flatMap((part) => {
    const [, kind, id = ''] = /^(organisation|client):(.+)$/u.exec(part) ?? [];
    return kind === undefined ? [] : [{ kind: kind as MessagePayer['kind'], id }];
  });
}

/** What its words are made of. */
export function wordValues({ values }: Pick<Message, 'values'>): Message['values'] {
  const { [PAID_BY]: _payers, ...words } = values;
  return words;
}

export function renderMail(words: Words, message: Message): { subject: string; text: string } {
  const { language } = message;
  const template = wordsOf(message);
  const t = (key: string, values?: TranslateValues) => words.translate(language, key, values);
  const paragraphs = [
    t('message.greeting'),
    t(`message.${template}.what`, message.values),
    t(`message.${template}.not_you`, message.values),
    ...(message.values['not_me'] === undefined ? [] : [t('message.not_me.mail', message.values)]),
    t('message.never'),
    t('message.sender'),
  ];
  return {
    subject: t(`message.${template}.subject`, message.values),
    text: `${paragraphs.join('\n\n')}\n`,
  };
}

/** One paragraph, with the sender's mark that gateways demand in front. */
export function renderSms(words: Words, message: Message): string {
  const { language, values } = message;
  const text = words.translate(language, `message.${wordsOf(message)}.sms`, values);
  const isAlarming = values['not_me'] !== undefined;
  return isAlarming ? `${text}${words.translate(language, 'message.not_me.sms', values)}` : text;
}

/**
 * Who registers has no account that could be in danger. Told by a value, so that the release before
 * delivers such a code too, in the words of any other.
 */
function wordsOf({ template, values }: Message): MessageTemplate | CodeWords {
  if (template !== 'one_time_code') return template;
  return CODE_WORDS[String(values['topic'])] ?? template;
}

type CodeWords = 'registration_code' | 'recovery_code' | 'contact_code' | 'mandate_code';

const CODE_WORDS: Readonly<Record<string, CodeWords | undefined>> = {
  registration: 'registration_code',
  recovery: 'recovery_code',
  contact: 'contact_code',
  mandate: 'mandate_code',
};
