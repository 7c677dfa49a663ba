// The registration's and the agreements' part of the examples in view-samples.ts.
import { AgreementBook } from '../../src/agreements/agreement-book.ts';
import { agreementsFolder } from '../../src/platform/http/http-app.ts';
import type { Samples } from './view-samples.ts';

const { texts, name } = new AgreementBook(agreementsFolder).current('real-name-registration');
const text = texts['zh-CN'];
const href = `/agreements/${name}`;
const phone = { channel: 'sms', masked: '138****8000' } as const;
const mail = { channel: 'mail', masked: 'z***@example.com' } as const;
const tabs = [
  { kind: 'naturalPerson', href: '/sign-up', isCurrent: true },
  { kind: 'legalEntity', href: '/sign-up?kind=legalEntity', isCurrent: false },
] as const;
const contact = {
  tabs,
  channel: 'sms',
  otherHref: '/sign-up?by=mail',
  contact: '',
  form: { action: '/sign-up', fields: { channel: 'sms' } },
  keepForm: { id: 'contact-form', action: '/sign-up/display' },
  signInHref: '/account',
  migrateHref: '/migrate',
  errors: [],
} as const;
const code = {
  sentTo: phone,
  isOver: false,
  form: { action: '/sign-up/code' },
  sendForm: { action: '/sign-up/code/send' },
  changeHref: '/sign-up',
  errors: [],
} as const;
const details = {
  contact: phone,
  changeHref: '/sign-up',
  agreement: { title: text.title, href },
  login: '',
  isTicked: false,
  form: { action: '/sign-up/details', fields: { agreement_version: '1' } },
  keepForm: { id: 'details-form', action: '/sign-up/details/display' },
  errors: [],
} as const;
const agree = {
  relyingParty: { name: '市民门户' },
  title: text.title,
  text,
  form: { action: '/interaction/Vq3/agreement', fields: { agreement_version: '1' } },
  errors: [],
  cancelForm: { action: '/interaction/Vq3/cancel' },
} as const;

export function registrationSamples() {
  return {
    'agreements/agreement': [
      { variant: 'plain', locals: { text, version: 2, effectiveFrom: '2026-11-22' } },
      {
        variant: 'former',
        locals: { text, version: 1, effectiveFrom: '2026-11-22', currentHref: href },
      },
    ],
    'agreements/agree': [
      { variant: 'plain', locals: agree },
      {
        variant: 'not-ticked',
        locals: { ...agree, errors: [{ field: 'agree', key: 'agreement.not_ticked' }] },
      },
    ],
    'registration/sign-up-contact': [
      { variant: 'plain', locals: contact },
      {
        variant: 'mail',
        locals: { ...contact, channel: 'mail', otherHref: '/sign-up?by=phone' },
      },
      {
        variant: 'wrong',
        locals: {
          ...contact,
          contact: '1380013',
          errors: [{ field: 'contact', key: 'sign-up.problem.phone_invalid' }],
        },
      },
    ],
    'registration/sign-up-entity': [
      {
        variant: 'online',
        locals: {
          tabs: tabs.map((tab) => ({ ...tab, isCurrent: !tab.isCurrent })),
          onlineHref: '/account/entities/register',
        },
      },
      {
        variant: 'plain',
        locals: { tabs: tabs.map((tab) => ({ ...tab, isCurrent: !tab.isCurrent })) },
      },
    ],
    'registration/sign-up-code': [
      { variant: 'plain', locals: code },
      {
        variant: 'refused',
        locals: {
          ...code,
          errors: [{ field: 'code', key: 'contact-code.refused', values: { count: 3 } }],
        },
      },
      {
        variant: 'over',
        locals: {
          ...code,
          sentTo: mail,
          isOver: true,
          errors: [{ field: 'send-code', key: 'contact-code.tries_exhausted' }],
        },
      },
    ],
    'registration/sign-up-known': [
      {
        variant: 'plain',
        locals: {
          masked: phone.masked,
          signInHref: '/account',
          recoveryHref: '/recover',
          form: { action: '/sign-up/known' },
        },
      },
    ],
    'registration/sign-up-details': [
      { variant: 'plain', locals: details },
      {
        variant: 'refused',
        locals: {
          ...details,
          contact: mail,
          login: '13800138000',
          isTicked: true,
          errors: [
            { field: 'login', key: 'sign-up.problem.login_looks_like_number' },
            { field: 'new-password', key: 'new-password.problem.too_common' },
          ],
        },
      },
    ],
    'registration/registered': [
      {
        variant: 'onward',
        locals: {
          contact: phone,
          onward: { form: { action: '/interaction/Vq3/registered' } },
          verificationHref: '/verification',
        },
      },
      { variant: 'alone', locals: { contact: mail, onward: { href: '/account' } } },
    ],
    'registration/sign-up-ended': [{ variant: 'plain', locals: { againHref: '/sign-up' } }],
  } satisfies Partial<Samples>;
}
