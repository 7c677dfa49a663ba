// The part of the real-name verification in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

const frame = { maskedName: '张*', signOutForm: { action: '/account/sign-out' } };
const others = [
  { source: 'socialSecurity', action: '/verification/social-security' },
  { source: 'operator', action: '/verification/operator' },
  { source: 'bank', action: '/verification/bank' },
] as const;
const match = {
  ...frame,
  form: { action: '/verification/match' },
  hasFace: true,
  hasReview: true,
  isResidentId: true,
  source: 'population',
  hasCard: false,
  needsConsent: false,
  others: [],
  type: '111',
} as const;
const bank = {
  ...match,
  source: 'bank',
  form: { action: '/verification/bank' },
  maskedPhone: '199****0001',
  hasCard: true,
  needsConsent: true,
} as const;
const face = { ...frame, form: { action: '/verification/face' }, errors: [] };
const network = {
  ...frame,
  form: { action: '/verification/network-identity' },
  typed: { name: '', number: '' },
  errors: [],
  hasFace: true,
  hasReview: true,
};
const unfinished = {
  ...frame,
  isUnderReview: false,
  hasFace: true,
  hasNetwork: true,
  hasReview: true,
};
const windowWay = { way: 'window', level: 4 } as const;

export function verificationSamples() {
  return {
    'verification/overview': [
      {
        variant: 'registered',
        locals: {
          ...frame,
          onwardHref: '/interaction/Vq3Vq3Vq3Vq3',
          realNameLevel: 1,
          higherLevels: [2, 3, 4],
          lacksNumber: false,
          confirmed: [],
          hasReviewCase: false,
          certificatesHref: '/verification/certificates',
          ways: [
            { way: 'population', href: '/verification/match', level: 2 },
            { way: 'socialSecurity', href: '/verification/social-security', level: 2 },
            { way: 'operator', href: '/verification/operator', level: 2 },
            { way: 'bank', href: '/verification/bank', level: 2 },
            { way: 'networkIdentity', href: '/verification/network-identity', level: 3 },
            { way: 'face', href: '/verification/face', level: 3 },
            { way: 'review', href: '/verification/review', level: 3 },
            windowWay,
          ],
        },
      },
      {
        variant: 'partly',
        locals: {
          ...frame,
          realNameLevel: 1,
          higherLevels: [2, 3, 4],
          hasReviewCase: false,
          lacksNumber: false,
          confirmed: ['population'],
          ways: [
            { way: 'socialSecurity', href: '/verification/social-security', level: 2 },
            { way: 'bank', href: '/verification/bank', level: 2, isPart: true },
            windowWay,
          ],
        },
      },
      {
        variant: 'without-number',
        locals: {
          ...frame,
          realNameLevel: 3,
          higherLevels: [4],
          hasReviewCase: false,
          lacksNumber: true,
          confirmed: [],
          ways: [
            { way: 'networkIdentity', href: '/verification/network-identity', level: 3 },
            windowWay,
          ],
        },
      },
      {
        variant: 'raised',
        locals: {
          ...frame,
          notice: { key: 'account.notice.level_raised' },
          realNameLevel: 3,
          higherLevels: [4],
          lacksNumber: false,
          confirmed: [],
          hasReviewCase: false,
          ways: [windowWay],
        },
      },
      {
        variant: 'highest',
        locals: {
          ...frame,
          realNameLevel: 4,
          higherLevels: [],
          lacksNumber: false,
          confirmed: [],
          ways: [],
          hasReviewCase: false,
        },
      },
    ],
    'verification/match': [
      {
        variant: 'empty',
        locals: {
          ...match,
          certificatesHref: '/verification/certificates',
          name: '',
          number: '',
          errors: [],
        },
      },
      {
        variant: 'mismatched',
        locals: {
          ...match,
          name: '阿卜杜拉·热合曼',
          number: '44000019900307002x',
          errors: [{ field: 'name', key: 'verification.form.mismatched' }],
        },
      },
      {
        variant: 'missing',
        locals: {
          ...match,
          hasFace: false,
          name: '',
          number: '',
          errors: [
            { field: 'name', key: 'verification.form.name_missing' },
            { field: 'number', key: 'verification.form.number_missing' },
          ],
        },
      },
      {
        variant: 'unavailable',
        locals: { ...match, name: '张示例', number: '', state: 'unavailable', others, errors: [] },
      },
      {
        variant: 'social-security',
        locals: { ...match, source: 'socialSecurity', others, name: '', number: '', errors: [] },
      },
      {
        variant: 'operator-wanted-too',
        locals: {
          ...bank,
          source: 'operator',
          hasCard: false,
          state: 'partial',
          name: '张示例',
          number: '440000200101010151',
          errors: [],
        },
      },
      {
        variant: 'bank-refused',
        locals: {
          ...bank,
          others,
          name: '张示例',
          number: '440000200101010151',
          errors: [
            { field: 'card', key: 'verification.form.card_wrong' },
            { field: 'consent', key: 'verification.form.own_consent_missing' },
          ],
        },
      },
    ],
    'verification/network-identity': [
      { variant: 'first', locals: { ...network, purpose: 'first' } },
      {
        variant: 'verified',
        locals: { ...network, purpose: 'verified', maskedNumber: '440***********0024' },
      },
      {
        variant: 'number',
        locals: {
          ...network,
          purpose: 'number',
          typed: { name: '白网证', number: '44000019931010' },
          errors: [{ field: 'number', key: 'verification.form.number_length' }],
        },
      },
    ],
    'verification/face': [
      { variant: 'verified', locals: { ...face, maskedNumber: '440***********0024' } },
      { variant: 'typed', locals: { ...face, typed: { name: '', number: '' } } },
      {
        variant: 'refused',
        locals: {
          ...face,
          typed: { name: '张示例', number: '44000019900307' },
          errors: [
            { field: 'number', key: 'verification.form.number_length' },
            { field: 'consent', key: 'verification.form.consent_missing' },
          ],
        },
      },
    ],
    'verification/unfinished': [
      {
        variant: 'not-completed',
        locals: { ...unfinished, mergeHref: '/account/merge', reason: 'not_completed' },
      },
      {
        variant: 'unavailable',
        locals: { ...unfinished, reason: 'unavailable', retryHref: '/verification/face' },
      },
      {
        variant: 'sources-disagree',
        locals: { ...unfinished, reason: 'sources_disagree', isUnderReview: true },
      },
      { variant: 'tries-used-up', locals: { ...unfinished, reason: 'tries_used_up' } },
      {
        variant: 'face-refused',
        locals: { ...unfinished, reason: 'face_refused', retryHref: '/verification/face' },
      },
      {
        variant: 'face-cancelled',
        locals: { ...unfinished, reason: 'face_cancelled', retryHref: '/verification/face' },
      },
      {
        variant: 'face-invalid',
        locals: { ...unfinished, reason: 'face_invalid', retryHref: '/verification/face' },
      },
      {
        variant: 'network-cancelled',
        locals: {
          ...unfinished,
          reason: 'network_cancelled',
          retryHref: '/verification/network-identity',
        },
      },
      { variant: 'network-invalid', locals: { ...unfinished, reason: 'network_invalid' } },
      { variant: 'network-refused', locals: { ...unfinished, reason: 'network_refused' } },
      { variant: 'network-other', locals: { ...unfinished, reason: 'network_other_person' } },
      {
        variant: 'minor',
        locals: { ...unfinished, hasFace: false, hasNetwork: false, reason: 'minor' },
      },
    ],
  } satisfies Partial<Samples>;
}
