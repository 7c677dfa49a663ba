// The privacy centre's part of the examples in view-samples.ts.
import type { ViewLocals } from '../../src/platform/http/view-locals.ts';
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const earlier = new Date('2026-11-20T01:40:00Z');
const frame = { maskedName: '张*', signOutForm: { action: '/account/sign-out' } };
const backHref = '/account/privacy';

export function privacySamples() {
  const received = { ...frame, servicesHref: '/account/services' };
  const close: ViewLocals['privacy/close'] = {
    ...frame,
    obstacles: [],
    days: 7,
    kept: [
      { kind: 'closed_accounts', days: 1095 },
      { kind: 'audit', days: 1095 },
    ],
    form: { action: '/account/privacy/close/request' },
    exportHref: '/account/privacy/export',
    backHref,
    errors: [],
  };
  const items = [{ name: 'profile' }, { name: 'phone' }, { name: 'real_name' }];
  return {
    'privacy/overview': [
      {
        variant: 'plain',
        locals: {
          ...frame,
          serviceCount: 3,
          receivedHref: '/account/privacy/received',
          servicesHref: '/account/services',
          agreementsHref: '/account/agreements',
          exportHref: '/account/privacy/export',
          correctHref: '/account/privacy/correct',
          requestsHref: '/account/privacy/requests',
          closeHref: '/account/privacy/close',
          noticeHref: '/privacy',
        },
      },
    ],
    ...dataRequestSamples(),
    'privacy/received': [
      {
        variant: 'some',
        locals: {
          ...received,
          entries: [
            { at, event: 'withdrawn', system: '企业办事大厅', items: [] },
            { at, event: 'received_more', system: '市民门户', items: [{ name: 'email' }] },
            { at: earlier, event: 'received', system: '市民门户', items },
            { at: earlier, event: 'allowed', system: '企业办事大厅', items },
          ],
          olderHref: '/account/privacy/received?before=1',
        },
      },
      { variant: 'none', locals: { ...received, entries: [] } },
    ],
    'privacy/export': [
      {
        variant: 'plain',
        locals: {
          ...frame,
          downloadForm: { action: '/account/privacy/export/download' },
          readHref: '/account/privacy/export/read',
          backHref,
        },
      },
    ],
    'privacy/read-export': [
      {
        variant: 'plain',
        locals: {
          ...frame,
          at,
          sections: [
            {
              name: 'account',
              rows: [
                [
                  { name: 'id', value: 'Vq3s1nPZpQ0cYl7Tj2mXwA' },
                  { name: 'kind', value: { key: 'account.kinds.naturalPerson' } },
                  { name: 'created_at', value: earlier },
                ],
              ],
              isCut: false,
            },
            { name: 'devices', rows: [], isCut: false },
            {
              name: 'activity',
              rows: [
                [
                  { name: 'at', value: at },
                  { name: 'event', value: { key: 'audit.event.sign_in_succeeded' } },
                  { name: 'by', value: { key: 'privacy-export.by.self' } },
                  { name: 'address', value: '203.0.113.24' },
                ],
              ],
              isCut: true,
            },
          ],
          backHref: '/account/privacy/export',
        },
      },
    ],
    'privacy/correct': [true, false].map((isVerified) => ({
      variant: isVerified ? 'verified' : 'unverified',
      locals: {
        ...frame,
        isVerified,
        verificationHref: '/verification',
        securityHref: '/account/security',
        backHref,
      },
    })),
    'privacy/close': [
      { variant: 'plain', locals: close },
      {
        variant: 'not-sure',
        locals: { ...close, errors: [{ field: 'sure', key: 'closing.not_sure' }] },
      },
      {
        variant: 'cannot',
        locals: {
          ...close,
          obstacles: [
            { name: 'staff' },
            { name: 'legal_entity' },
            { name: 'review_case', href: '/verification/review' },
            { name: 'representative', href: '/account/entities' },
            { name: 'last_administrator', href: '/account/entities' },
            { name: 'children', href: '/account/children' },
          ],
        },
      },
    ],
    'privacy/closing-begun': [{ variant: 'plain', locals: { days: 7 } }],
    'privacy/closing-sign-in': [
      {
        variant: 'plain',
        locals: {
          relyingParty: { name: '市民门户', homeUrl: 'https://portal.example.gov.cn/' },
          until: at,
          form: { action: '/interaction/Vq3/closing' },
          cancelForm: { action: '/interaction/Vq3/cancel' },
        },
      },
    ],
    'privacy/closing-cancel': [
      {
        variant: 'open',
        locals: { state: 'open', form: { action: '/account-closing/cancel' }, until: at },
      },
      { variant: 'cancelled', locals: { state: 'cancelled' } },
      { variant: 'over', locals: { state: 'over' } },
    ],
  } satisfies Partial<Samples>;
}

function dataRequestSamples() {
  const list = { ...frame, newHref: '/account/privacy/requests/new', backHref };
  const id = '123456789012';
  const one = {
    ...list,
    id,
    right: 'explanation',
    text: '请说明公积金中心为什么收到了我的手机号。\n是哪一天开始的？',
    openedAt: earlier,
    backHref: '/account/privacy/requests',
    errors: [],
  } as const;
  const withdrawForm = { action: '/account/privacy/requests/123456789012/withdraw' };
  const fresh: ViewLocals['privacy/new-data-request'] = {
    ...frame,
    rights: ['access', 'correction', 'deletion', 'explanation', 'complaint'],
    typed: { text: '' },
    days: 15,
    most: 1000,
    form: { action: '/account/privacy/requests/new' },
    exportHref: '/account/privacy/export',
    correctHref: '/account/privacy/correct',
    closeHref: '/account/privacy/close',
    backHref: '/account/privacy/requests',
    errors: [],
  };
  const href = '/account/privacy/requests/123456789012';
  return {
    'privacy/data-requests': [
      { variant: 'none', locals: { ...list, requests: [] } },
      {
        variant: 'some',
        locals: {
          ...list,
          requests: [
            { id, state: 'waiting', openedAt: earlier, dueAt: at, href },
            { id: '210987654321', state: 'approved', openedAt: earlier, closedAt: at, href },
          ],
        },
      },
    ],
    'privacy/new-data-request': [
      { variant: 'plain', locals: fresh },
      {
        variant: 'missing',
        locals: {
          ...fresh,
          errors: [
            { field: 'right', key: 'data-request.right_missing' },
            { field: 'text', key: 'data-request.text_missing' },
          ],
        },
      },
      {
        variant: 'too-many',
        locals: { ...fresh, errors: [{ key: 'data-request.too_many_open' }] },
      },
    ],
    'privacy/data-request': [
      { variant: 'waiting', locals: { ...one, state: 'waiting', dueAt: at, withdrawForm } },
      {
        variant: 'asked',
        locals: {
          ...one,
          state: 'more_needed',
          dueAt: at,
          reason: 'review.reason.ask.explain.applicant',
          answer: '请写明是哪一笔业务。',
          supplyForm: { action: '/account/privacy/requests/123456789012/supply' },
          typed: '',
          withdrawForm,
          errors: [{ field: 'text', key: 'data-request.text_missing' }],
        },
      },
      {
        variant: 'answered',
        locals: { ...one, state: 'approved', closedAt: at, answer: '10 月 9 日起。\n依据是……' },
      },
      {
        variant: 'rejected',
        locals: {
          ...one,
          state: 'rejected',
          closedAt: at,
          reason: 'review.reason.reject.not_entitled.applicant',
          answer: '这些记录依法须保存。',
        },
      },
    ],
  } satisfies Partial<Samples>;
}
