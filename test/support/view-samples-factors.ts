// The pages that ask for a code or a second factor: their part of the examples in view-samples.ts.
import type { Samples } from './view-samples.ts';

const department = { name: '不动产登记业务系统', homeUrl: 'https://realty.example.gov.cn/' };
const form = { action: '/interaction/Vq3/submit', fields: { step: '1' } };
const cancelForm = { action: '/interaction/Vq3/cancel' };
const passkey = { form, optionsAction: '/interaction/Vq3/passkey/options' };

const contactCode = {
  relyingParty: department,
  contacts: [
    { channel: 'sms', masked: '138****8000' },
    { channel: 'mail', masked: 'z***@example.com' },
  ],
  sendForm: form,
  form,
  errors: [],
  cancelForm,
} as const;

export function factorSamples() {
  return {
    'credentials/contact-code': [
      { variant: 'choose', locals: contactCode },
      {
        variant: 'change',
        locals: {
          contacts: contactCode.contacts.slice(0, 1),
          sendForm: { action: '/account/security/contacts/phone/send-code' },
          form: { action: '/account/security/contacts/phone/code' },
          changes: 'sms',
          lostHref: '/recover',
          cancelHref: '/account/security',
          errors: [],
        },
      },
      {
        variant: 'service',
        locals: { ...contactCode, demand: { by: 'service', name: '不动产转移登记' } },
      },
      { variant: 'sent', locals: { ...contactCode, sentTo: contactCode.contacts[0] } },
      {
        variant: 'refused',
        locals: {
          ...contactCode,
          sentTo: contactCode.contacts[1],
          errors: [{ field: 'code', key: 'contact-code.refused', values: { count: 4 } }],
        },
      },
      {
        variant: 'soon',
        locals: {
          ...contactCode,
          contacts: [contactCode.contacts[0]],
          errors: [{ field: 'send-code', key: 'contact-code.too_soon', values: { count: 42 } }],
        },
      },
    ],
    'credentials/second-factor': [
      {
        variant: 'plain',
        locals: { relyingParty: department, form, errors: [], cancelForm },
      },
      {
        variant: 'refused',
        locals: {
          form,
          passkey,
          recovery: form,
          errors: [{ field: 'otp', key: 'second-factor.refused' }],
        },
      },
      {
        variant: 'suspicion',
        locals: {
          relyingParty: department,
          demand: { by: 'suspicion' },
          form,
          passkey,
          errors: [],
          cancelForm,
        },
      },
      {
        variant: 'passkey',
        locals: { relyingParty: department, passkey, errors: [{ key: 'passkey.refused' }] },
      },
    ],
  } satisfies Partial<Samples>;
}
