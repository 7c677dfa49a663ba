// The part of taking over old accounts in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

const system = '公积金网上大厅';
const action = '/migrate/from/housing-fund';
const password = {
  system,
  login: '',
  form: { action },
  keepForm: { id: 'old-password-form', action: `${action}/display` },
  otherHref: '/migrate',
  errors: [],
} as const;
const confirm = {
  system,
  oldLogin: '张*',
  signInHref: '/migrate/sign-in',
  accountHref: '/account',
};
const end = {
  system,
  verificationHref: '/verification',
  accountHref: '/account',
  againHref: '/migrate',
} as const;

export function migrationSamples() {
  return {
    'stock-accounts/migrate-systems': [
      { variant: 'empty', locals: { systems: [] } },
      {
        variant: 'two',
        locals: {
          systems: [
            { name: system, href: action },
            { name: '不动产登记网上预约', href: '/migrate/from/estate' },
          ],
        },
      },
    ],
    'stock-accounts/migrate-password': [
      { variant: 'empty', locals: password },
      {
        variant: 'refused',
        locals: {
          ...password,
          login: 'zhang.old',
          errors: [{ key: 'migrate.problem.refused' }],
          proofOfWork: { challenge: '{}', waitSeconds: 30, waitToken: 'ticket' },
        },
      },
      {
        variant: 'missing',
        locals: {
          ...password,
          errors: [
            { field: 'login', key: 'migrate.problem.login_missing' },
            { field: 'password', key: 'migrate.problem.password_missing' },
          ],
        },
      },
      { variant: 'exhausted', locals: { ...password, login: 'zhang.old', retryMinutes: 27 } },
    ],
    'stock-accounts/migrate-confirm': [
      { variant: 'signed-out', locals: { ...confirm, level: 2 } },
      {
        variant: 'signed-in',
        locals: {
          ...confirm,
          account: {
            name: '张*',
            form: { action: '/migrate/confirm', fields: { merge_token: 'token' } },
          },
        },
      },
    ],
    'stock-accounts/migrate-end': [
      { variant: 'bound', locals: { ...end, reason: 'bound', level: 2 } },
      { variant: 'unverified', locals: { ...end, reason: 'bound_unverified', level: 1 } },
      { variant: 'used', locals: { ...end, reason: 'used' } },
      { variant: 'ended', locals: { ...end, reason: 'ended' } },
      { variant: 'not-completed', locals: { ...end, reason: 'not_completed' } },
      { variant: 'not-for-kind', locals: { ...end, reason: 'not_for_kind' } },
    ],
  } satisfies Partial<Samples>;
}
