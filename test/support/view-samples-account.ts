// The account centre's part of the examples in view-samples.ts.
import { contactSamples } from './view-samples-contact.ts';
import { atProvince } from './view-samples-registration-mode.ts';
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const earlier = new Date('2026-11-20T01:40:00Z');
const frame = { maskedName: '张*', signOutForm: { action: '/account/sign-out' } };

export function accountSamples() {
  const session = {
    id: 's1',
    device: 'Chrome · Windows',
    address: '203.0.113.24',
    signedInAt: earlier,
    lastSeenAt: at,
    isCurrent: true,
    systems: ['市民门户', '不动产登记业务系统'],
  };
  const service = {
    clientId: 'portal',
    name: '市民门户',
    purpose: '为您展示可办事项',
    homeUrl: 'https://portal.example.gov.cn/sign-in?iss=https%3A%2F%2Fid.example.gov.cn',
    items: [{ name: 'profile' }, { name: 'phone' }, { name: 'real_name' }],
    basis: 'notice' as 'notice' | 'consent',
    canWithdraw: false,
    isOpen: true,
    actingFor: ['云样板信息技术（演示）有限公司'],
    firstAt: earlier,
    lastAt: at,
  };
  const serviceForms = {
    withdrawForm: { action: '/account/services/withdraw' },
    signOutSystemForm: { action: '/account/services/sign-out' },
    devices: [],
    endDeviceForm: { action: '/account/services/end-device' },
  };
  const passkeys = {
    ...frame,
    add: {
      form: { action: '/account/security/passkeys/add' },
      optionsAction: '/account/security/passkeys/options',
    },
    suggestedName: 'Chrome · Windows',
    renameForm: { action: '/account/security/passkeys/rename' },
    removeForm: { action: '/account/security/passkeys/remove' },
    backHref: '/account/security',
    errors: [],
  };
  const recoveryCodes = {
    ...frame,
    makeForm: { action: '/account/security/recovery-codes/make' },
    backHref: '/account/security',
  };
  const removal = {
    ...frame,
    form: { action: '/account/security/totp/remove' },
    cancelHref: '/account/security',
    errors: [],
  };
  return {
    'account/agreements': [
      {
        variant: 'one',
        locals: {
          ...frame,
          agreements: [
            {
              title: '实名注册协议',
              version: 1,
              acceptedAt: earlier,
              href: '/agreements/real-name-registration/1',
            },
          ],
        },
      },
      { variant: 'none', locals: { ...frame, agreements: [] } },
    ],
    'account/overview': [
      atProvince.overview,
      {
        variant: 'person',
        locals: {
          ...frame,
          kind: 'naturalPerson',
          maskedCertificate: '110***********0012',
          maskedPhone: '138****8000',
          realNameLevel: 3,
          hasSecondFactor: true,
          sessionCount: 2,
          serviceCount: 3,
          lastSignIn: { at: earlier, address: '203.0.113.24' },
        },
      },
      {
        variant: 'merge-waiting',
        locals: {
          ...frame,
          kind: 'naturalPerson',
          realNameLevel: 3,
          hasSecondFactor: true,
          sessionCount: 1,
          serviceCount: 0,
          mergeReadyAt: earlier,
        },
      },
      {
        variant: 'new',
        locals: {
          ...frame,
          kind: 'legalEntity',
          realNameLevel: 1,
          hasSecondFactor: false,
          sessionCount: 1,
          serviceCount: 0,
        },
      },
    ],
    'account/sessions': [
      {
        variant: 'two',
        locals: {
          ...frame,
          notice: { key: 'account.notice.session_ended' },
          sessions: [
            session,
            { ...session, id: 's2', device: 'Safari · iPhone', isCurrent: false, systems: [] },
          ],
          endForm: { action: '/account/sessions/end' },
          endOthersForm: { action: '/account/sessions/end-others' },
        },
      },
    ],
    'account/services': [
      {
        variant: 'devices',
        locals: {
          ...frame,
          services: [service],
          ...serviceForms,
          devices: [
            {
              id: 'd1',
              device: 'Chrome · Android',
              system: '政务大厅自助终端',
              since: earlier,
              until: at,
            },
            { id: 'd2', system: '数据报送工具', since: earlier, until: at },
          ],
        },
      },
      {
        variant: 'two',
        locals: {
          ...frame,
          services: [
            service,
            {
              ...service,
              clientId: 'hall',
              name: '企业服务专区',
              basis: 'consent',
              canWithdraw: true,
              isOpen: false,
              actingFor: [],
              items: [],
            },
          ],
          ...serviceForms,
        },
      },
      {
        variant: 'empty',
        locals: { ...frame, services: [], ...serviceForms },
      },
    ],
    'account/activity': [
      {
        variant: 'some',
        locals: {
          ...frame,
          entries: [
            {
              at,
              event: 'consent_given',
              isRefused: false,
              address: '203.0.113.24',
              system: '市民门户',
            },
            {
              at: earlier,
              event: 'sign_in_refused',
              isRefused: true,
              address: '2001:db8::17',
              detail: { key: 'account-activity.reason.password_wrong' },
            },
          ],
          olderHref: '/account/activity?before=x',
        },
      },
      { variant: 'empty', locals: { ...frame, entries: [] } },
    ],
    'account/security': [
      atProvince.security,
      {
        variant: 'off',
        locals: {
          ...frame,
          contacts: [
            { channel: 'sms', masked: '138****8000', href: '/account/security/contacts/phone' },
            { channel: 'mail', href: '/account/security/contacts/mail' },
          ],
          enrolHref: '/account/security/totp',
          removeHref: '/account/security/totp/remove',
          passwordForm: { action: '/account/security/password' },
          rules: 'citizen',
          passkeyCount: 0,
          recoveryCodeCount: 0,
          passkeysHref: '/account/security/passkeys',
          errors: [],
        },
      },
      {
        variant: 'organisation',
        locals: {
          ...frame,
          contacts: [{ channel: 'sms' }],
          removeHref: '/account/security/totp/remove',
          rules: 'citizen',
          passkeyCount: 0,
          recoveryCodeCount: 0,
          errors: [],
        },
      },
      {
        variant: 'on',
        locals: {
          ...frame,
          contacts: [{ channel: 'sms', masked: '138****8000', isUnconfirmed: true }],
          secondFactor: { enrolledAt: earlier },
          enrolHref: '/account/security/totp',
          removeHref: '/account/security/totp/remove',
          passwordForm: { action: '/account/security/password' },
          rules: 'level3',
          passkeyCount: 2,
          recoveryCodeCount: 7,
          recoveryCodesHref: '/account/security/recovery-codes',
          passkeysHref: '/account/security/passkeys',
          passwordChangedAt: earlier,
          errors: [{ field: 'new-password', key: 'account-security.password.problem.too_common' }],
        },
      },
    ],
    'account/passkeys': [
      atProvince.passkeys(passkeys),
      {
        variant: 'two',
        locals: {
          ...passkeys,
          passkeys: [
            { id: 'k1', name: '我的手机', createdAt: earlier, lastUsedAt: at },
            { id: 'k2', name: 'Chrome · Windows', createdAt: at },
          ],
        },
      },
      {
        variant: 'empty',
        locals: {
          ...passkeys,
          passkeys: [],
          errors: [{ field: 'name', key: 'account-passkeys.name_missing' }],
        },
      },
    ],
    ...contactSamples(frame),
    'account/recovery-codes': [
      {
        variant: 'made',
        locals: {
          ...recoveryCodes,
          codes: Array.from({ length: 10 }, (_, index) => `7k2m${index}-9qx4h`),
        },
      },
      {
        variant: 'some',
        locals: { ...recoveryCodes, present: { remaining: 7, madeAt: earlier } },
      },
    ],
    'account/totp-remove': [
      { variant: 'code', locals: { ...removal, needsCode: true } },
      { variant: 'proven', locals: { ...removal, needsCode: false } },
    ],
    'account/sign-in-again': [{ variant: 'any', locals: { signInHref: '/account/security' } }],
    'account/sign-in-problem': (['refused', 'answer_invalid', 'ended_meanwhile'] as const).map(
      (reason) => ({ variant: reason, locals: { reason, onwardHref: '/account' } }),
    ),
  } satisfies Partial<Samples>;
}
