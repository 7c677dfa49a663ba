// The construction modes' part of the examples in view-samples.ts.
import { sampleUpstreams } from './view-samples-federation.ts';
import { keptMeans } from '../../src/registration-mode/province-residents.ts';
import type { Samples } from './view-samples.ts';

const peerName = '省统一身份认证平台';
const handOver = {
  what: 'registration',
  peerName,
  goHref: '/sign-up/province',
  isRefused: false,
  backHref: '/account',
} as const;
const frame = { maskedName: '王*', signOutForm: { action: '/account/sign-out' } };
const kept = {
  ...frame,
  hasEntities: true,
  hasLinks: true,
  peerName,
  peerHref: 'https://id.province.example/account',
  requestsHref: '/account/privacy/requests',
  backHref: '/account/privacy',
} as const;
const page = {
  relyingParty: { name: '市民门户' },
  peerId: 'province',
  peerName,
  goHref: '/interaction/Vq3/upstream/province',
  cancelForm: { action: '/interaction/Vq3/cancel' },
} as const;

const province = {
  id: 'province',
  names: { 'zh-CN': peerName, en: 'Provincial identity platform' },
  href: '/interaction/Vq3/upstream/province',
} as const;

/** The account centre of somebody whose number the province keeps. */
/** The sign-in page where the province comes first, and where it is the only way. */
export function provinceVariants<Locals extends object>(given: Locals) {
  // It is not named a second time among the others.
  const locals = { ...given, upstreams: sampleUpstreams.slice(1) };
  const localHref = '/interaction/Vq3?kind=naturalPerson&local=yes';
  return [
    { variant: 'province-first', locals: { ...locals, province } },
    {
      variant: 'province-alone',
      locals: {
        ...locals,
        keepForm: undefined,
        province: { ...province, isAlone: true, localHref },
      },
    },
  ];
}

export function registrationModeSamples() {
  return {
    'registration-mode/hand-over': [
      { variant: 'registration', locals: { ...handOver, entityHref: '/sign-up?kind=legalEntity' } },
      { variant: 'refused', locals: { ...handOver, isRefused: true } },
      {
        variant: 'verification',
        locals: { ...handOver, what: 'verification', linkHref: '/account/links/add' },
      },
      {
        variant: 'recovery',
        locals: { ...handOver, what: 'recovery', localHref: '/recover?local=yes' },
      },
      {
        variant: 'paused',
        locals: { what: 'registration', isRefused: false, backHref: '/account' },
      },
    ],
    'registration-mode/at-province': [
      { variant: 'plain', locals: { ...page, isStronger: false } },
      { variant: 'stronger', locals: { ...page, isStronger: true } },
    ],
    'registration-mode/kept': keptMeans.map((what) => ({
      variant: what,
      locals: { ...kept, what, isRefused: what === 'password' },
    })),
    'registration-mode/link-due': [
      {
        variant: 'plain',
        locals: { ...page, laterForm: { action: '/interaction/Vq3/province/later' } },
      },
    ],
  } satisfies Partial<Samples>;
}

const keptFacts = { peerName, peerHref: 'https://id.province.example/account', means: keptMeans };
const at = new Date('2026-11-22T06:05:00Z');

/** Pages of the account centre for who lives at the province. */
export const atProvince = {
  overview: {
    variant: 'at-province',
    locals: {
      ...frame,
      kept: keptFacts,
      kind: 'naturalPerson',
      realNameLevel: 3,
      hasSecondFactor: false,
      sessionCount: 1,
      serviceCount: 2,
    },
  },
  security: {
    variant: 'at-province',
    locals: {
      ...frame,
      kept: { peerName, means: keptMeans },
      contacts: [{ channel: 'sms', masked: '138****8000' }, { channel: 'mail' }],
      secondFactor: { enrolledAt: at },
      removeHref: '/account/security/totp/remove',
      rules: 'citizen',
      passkeyCount: 1,
      passkeysHref: '/account/security/passkeys',
      recoveryCodeCount: 0,
      errors: [],
    },
  },
  passkeys: <Locals extends object>(passkeys: Locals) => ({
    variant: 'at-province',
    locals: {
      ...passkeys,
      isKept: true as const,
      passkeys: [{ id: 'k1', name: '我的手机', createdAt: at }],
    },
  }),
} as const;
