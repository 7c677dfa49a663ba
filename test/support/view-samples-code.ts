// The part of the examples in view-samples.ts that signs in with a code.
import type { Samples } from './view-samples.ts';

const relyingParty = { name: '市民门户', homeUrl: 'https://portal.example.gov.cn/' };
const path = '/interaction/Vq3';
const cancelForm = { action: `${path}/cancel` };
const ask = {
  relyingParty,
  kind: 'naturalPerson',
  login: '',
  channel: 'sms',
  isSent: false,
  sendForm: { action: `${path}/code/send`, fields: { kind: 'naturalPerson' } },
  form: { action: `${path}/code` },
  otherHref: `${path}/code?for=naturalPerson`,
  passwordHref: path,
  errors: [],
  cancelForm,
} as const;
const confirm = {
  relyingParty,
  passwordForm: { action: `${path}/code/password` },
  recoverHref: '/recover?interaction=Vq3',
  errors: [],
  cancelForm,
} as const;
const factor = { action: `${path}/code/second-factor` };

export function codeSamples() {
  return {
    'credentials/sign-in-code': [
      { variant: 'asked', locals: ask },
      {
        variant: 'missing',
        locals: { ...ask, errors: [{ field: 'login', key: 'sign-in.login_missing' }] },
      },
      {
        variant: 'sent',
        locals: {
          ...ask,
          login: 'zhangsan',
          isSent: true,
          errors: [{ field: 'code', key: 'contact-code.refused', values: { count: 4 } }],
        },
      },
    ],
    'credentials/confirm-code': [
      { variant: 'password', locals: confirm },
      {
        variant: 'all',
        locals: {
          ...confirm,
          form: factor,
          recovery: factor,
          passkey: {
            form: { action: `${path}/passkey` },
            optionsAction: `${path}/passkey/options`,
          },
          errors: [{ field: 'password', key: 'confirm-code.password_refused' }],
        },
      },
    ],
  } satisfies Partial<Samples>;
}
