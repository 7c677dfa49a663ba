// What the page of a code to a confirmed contact shows; the account centre uses the same page.
import { maskEmail, maskPhone } from '../accounts/masking.ts';
import type { Contact, SendCodeOutcome, VerifyCodeOutcome } from '../credentials/contact-code.ts';
import type { ContactCodeProblem, ContactView } from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';

export function maskedContact({ channel, address }: Contact): ContactView {
  return { channel, masked: channel === 'sms' ? maskPhone(address) : maskEmail(address) };
}

export function sendProblem(sent: SendCodeOutcome & { ok: false }): FieldError<ContactCodeProblem> {
  return sent.reason === 'too_soon'
    ? {
        field: 'send-code',
        key: 'contact-code.too_soon',
        values: { count: sent.retryAfterSeconds },
      }
    : { key: 'contact-code.daily_cap' };
}

export function codeProblem(
  outcome: VerifyCodeOutcome & { ok: false },
): FieldError<ContactCodeProblem> {
  switch (outcome.reason) {
    case 'code_wrong':
      return outcome.triesLeft > 0
        ? { field: 'code', key: 'contact-code.refused', values: { count: outcome.triesLeft } }
        : { field: 'send-code', key: 'contact-code.tries_exhausted' };
    case 'tries_exhausted':
      return { field: 'send-code', key: 'contact-code.tries_exhausted' };
    case 'code_expired':
    case 'code_used':
    case 'none_sent':
      return { field: 'send-code', key: 'contact-code.expired' };
    default:
      return outcome satisfies never;
  }
}
