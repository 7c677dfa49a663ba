// The construction modes' part of the examples in view-samples.ts.
import { sampleUpstreams } from './view-samples-federation.ts';
import type { Samples } from './view-samples.ts';

const peerName = '省统一身份认证平台';
const handOver = {
  what: 'registration',
  peerName,
  goHref: '/sign-up/province',
  isRefused: false,
  backHref: '/account',
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
export function shadowVariant<Frame extends object>(frame: Frame) {
  const account = { kind: 'naturalPerson', certificateKeptBy: peerName, realNameLevel: 3 } as const;
  const state = { hasSecondFactor: false, sessionCount: 1, serviceCount: 1 };
  return { variant: 'shadow', locals: { ...frame, ...account, ...state } };
}

/** The sign-in page where the province comes first, and where it is the only way. */
export function provinceVariants<Locals extends object>(given: Locals) {
  // It is not named a second time among the others.
  const locals = { ...given, upstreams: sampleUpstreams.slice(1) };
  const localHref = '/interaction/Vq3?kind=naturalPerson&local=yes';
  return [
    { variant: 'province-first', locals: { ...locals, province } },
    {
      variant: 'province-alone',
      locals: { ...locals, keepForm: undefined, province: { ...province, localHref } },
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
    'registration-mode/at-province': [{ variant: 'plain', locals: page }],
    'registration-mode/link-due': [
      {
        variant: 'plain',
        locals: { ...page, laterForm: { action: '/interaction/Vq3/province/later' } },
      },
    ],
  } satisfies Partial<Samples>;
}
