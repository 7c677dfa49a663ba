// People who come from other platforms, in the examples of view-samples.ts.
import type { StopReason } from '../../src/federation/federation.views.ts';
import type { Samples } from './view-samples.ts';

const relyingParty = { name: '市民门户', homeUrl: 'https://portal.example.gov.cn/' };
const path = '/interaction/Vq3';
const peerName = '省统一身份认证平台';
const peerNotice =
  '省统一身份认证平台将向本市提供您的姓名、证件号码和实名等级，只用于在本市登录和办事。';
const arrived = { maskedName: '张*', maskedNumber: '440***********0024', level: 3, isCapped: true };
const frame = {
  maskedName: '张*',
  signOutForm: { action: '/account/sign-out' },
  hasLinks: true,
} as const;
const linkedAt = new Date('2026-11-20T02:10:00Z');
const usedAt = new Date('2026-11-22T06:10:00Z');
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const stopped = {
  relyingParty,
  traceId,
  signInHref: path,
  recoverHref: '/recover?interaction=Vq3',
  cancelForm: { action: `${path}/cancel` },
};

const reasons: readonly StopReason[] = [
  'refused',
  'replayed',
  'invalid',
  'contradictory',
  'unavailable',
  'over',
  'suspended',
  'busy',
  'frozen',
  'conflict',
  'minor',
  'kind_not_served',
  'account_unavailable',
  'rejected',
  'other_account',
];

export const sampleUpstreams = [
  {
    id: 'province',
    names: { 'zh-CN': peerName, en: 'the provincial platform' },
    href: `${path}/upstream/province`,
  },
] as const;

/** More than fit on the sign-in page side by side. */
export const manyUpstreams = [
  ...sampleUpstreams,
  ...['guangdong', 'shandong', 'zhejiang'].map((id) => ({
    id,
    names: { 'zh-CN': `${id}省平台`, en: id },
    href: `${path}/upstream/${id}`,
  })),
];

export function federationSamples() {
  const first = {
    relyingParty,
    peerName,
    peerNotice,
    arrived,
    proveForm: { action: `${path}/arrival/prove` },
    declineForm: { action: `${path}/arrival/decline` },
    errors: [],
  };
  const createForm = { action: `${path}/arrival/create` };
  const standing = { isFrozen: false, isPaused: false, canRemove: true };
  const link = { id: 'l1', peerName, level: 3, linkedAt, usedAt, ...standing };
  const links = { ...frame, removeForm: { action: '/account/links/remove' } };
  const confirm = {
    ...frame,
    peerName,
    peerNotice,
    arrived,
    bindForm: { action: '/account/links/bind', fields: { state: 's1' } },
    backHref: '/account/links',
    errors: [],
  };
  const elsewhere = {
    relyingParty,
    form: { action: `${path}/elsewhere` },
    backHref: path,
    signUpHref: '/sign-up?interaction=Vq3',
    errors: [],
  };
  const problem = 'federation.bind.problem.linked_elsewhere';
  return {
    'federation/arrival': [
      { variant: 'new', locals: { ...first, isKnown: false, createForm } },
      { variant: 'known', locals: { ...first, isKnown: true } },
      {
        variant: 'unfit',
        locals: {
          ...first,
          arrived: { level: 1, isCapped: false },
          isKnown: false,
          createForm,
          errors: [{ key: 'federation.arrival.not_an_account', values: { peer: peerName } }],
        },
      },
    ],
    'federation/bind': [
      {
        variant: 'asked',
        locals: {
          relyingParty,
          peerName,
          maskedAccount: '张*',
          arrived,
          bindForm: { action: `${path}/bind/agree` },
          skipForm: { action: `${path}/bind/skip` },
          errors: [{ key: problem, values: { peer: peerName } }],
        },
      },
    ],
    'federation/onward': [{ variant: 'plain', locals: { onwardHref: `${path}/arrived?state=s1` } }],
    'federation/stopped': [
      ...reasons.map((reason) => ({
        variant: reason,
        locals: {
          ...stopped,
          peerName,
          reason,
          againHref: `${path}/upstream/province`,
        },
      })),
      {
        variant: 'unnamed',
        locals: { ...stopped, reason: 'unnamed', signUpHref: '/sign-up?interaction=Vq3' },
      },
      {
        variant: 'not_trusted',
        locals: {
          ...stopped,
          reason: 'not_trusted',
          trust: { reason: 'not_subordinate', entity: 'https://id.neighbour-city.example.gov.cn' },
        },
      },
    ],
    'federation/organisation': [
      {
        variant: 'arrived',
        locals: {
          relyingParty,
          peerName,
          traceId,
          personHref: `${path}?kind=naturalPerson`,
          personThereHref: `${path}/upstream/province?anew=yes`,
          ownHref: `${path}?kind=legalEntity`,
          registerHref: '/account/entities/register',
          cancelForm: { action: `${path}/cancel` },
        },
      },
    ],
    'federation/elsewhere': [
      { variant: 'asked', locals: elsewhere },
      {
        variant: 'wrong',
        locals: {
          ...elsewhere,
          errors: [{ field: 'number', key: 'federation.elsewhere.number_wrong' }],
        },
      },
    ],
    'federation/links': [
      {
        variant: 'several',
        locals: {
          ...links,
          links: [link, { ...link, isFrozen: true }, { ...link, isPaused: true }],
          addHref: '/account/links/add',
        },
      },
      { variant: 'only_way', locals: { ...links, links: [{ ...link, canRemove: false }] } },
      { variant: 'none', locals: { ...links, links: [], addHref: '/account/links/add' } },
    ],
    'federation/add-link': [
      {
        variant: 'two',
        locals: {
          ...frame,
          peers: [
            { name: peerName, notice: peerNotice, href: '/account/links/add/province' },
            { name: '邻市统一身份认证', notice: peerNotice, href: '/account/links/add/city-b' },
          ],
          backHref: '/account/links',
        },
      },
      { variant: 'none', locals: { ...frame, peers: [], backHref: '/account/links' } },
    ],
    'federation/confirm-link': [
      { variant: 'asked', locals: confirm },
      {
        variant: 'refused',
        locals: { ...confirm, errors: [{ key: problem, values: { peer: peerName } }] },
      },
    ],
    'federation/link-stopped': [
      {
        variant: 'unnamed',
        locals: { ...frame, reason: 'unnamed', traceId, backHref: '/account/links' },
      },
      {
        variant: 'unavailable',
        locals: { ...frame, peerName, reason: 'unavailable', traceId, backHref: '/account/links' },
      },
    ],
  } satisfies Partial<Samples>;
}
