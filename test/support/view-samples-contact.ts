// The pages that change a contact, among the examples in view-samples.ts.
import type { Samples } from './view-samples.ts';

export function contactSamples(frame: { maskedName: string; signOutForm: { action: string } }) {
  const change = {
    ...frame,
    isOver: false,
    contact: '',
    enterForm: { action: '/account/security/contacts/phone/new' },
    confirmForm: { action: '/account/security/contacts/phone/save' },
    sendForm: { action: '/account/security/contacts/phone/send-again' },
    otherForm: { action: '/account/security/contacts/phone/another' },
    backHref: '/account/security',
    errors: [],
  };
  return {
    'account/change-contact': [
      {
        variant: 'enter',
        locals: {
          ...change,
          channel: 'sms',
          present: '138****8000',
          removal: { form: { action: '/account/security/contacts/phone/remove' } },
          contact: '1381234',
          errors: [{ field: 'contact', key: 'sign-up.problem.phone_invalid' }],
        },
      },
      { variant: 'first', locals: { ...change, channel: 'mail' } },
      {
        variant: 'kept',
        locals: {
          ...change,
          channel: 'mail',
          present: 'z***@example.com',
          removal: { refusal: 'last_contact' },
        },
      },
      {
        variant: 'code',
        locals: {
          ...change,
          channel: 'sms',
          present: '138****8000',
          sentTo: { channel: 'sms', masked: '139****0001' },
        },
      },
      {
        variant: 'over',
        locals: {
          ...change,
          channel: 'mail',
          isOver: true,
          sentTo: { channel: 'mail', masked: 'z***@example.com' },
          errors: [{ field: 'send-code', key: 'contact-code.expired' }],
        },
      },
    ],
  } satisfies Partial<Samples>;
}
