// The examples of the device flow and of front-channel logout, a part of view-samples.ts.
import type { Samples } from './view-samples.ts';

const deviceConfirm = {
  relyingParty: { name: '政务大厅自助终端' },
  userCode: 'WDJB-MJHT',
  isSameNetwork: true,
  askedAt: new Date('2026-11-22T06:05:00Z'),
  endsAt: new Date('2026-11-22T06:15:00Z'),
  approveForm: { action: '/device/approve', fields: { user_code: 'WDJBMJHT' } },
  refuseForm: { action: '/device/refuse', fields: { user_code: 'WDJBMJHT' } },
};

const deviceCode = {
  form: { action: '/device' },
  userCode: '',
  isPrefilled: false,
  needsSignIn: false,
  errors: [],
};

export function protocolSamples() {
  return {
    'oidc/device-code': [
      { variant: 'plain', locals: deviceCode },
      {
        variant: 'prefilled',
        locals: { ...deviceCode, userCode: 'WDJB-MJHT', isPrefilled: true },
      },
      {
        variant: 'unknown',
        locals: {
          ...deviceCode,
          userCode: 'WDJB-MJHX',
          errors: [{ field: 'user-code', key: 'device.code_unknown' }],
        },
      },
      {
        variant: 'busy',
        locals: {
          ...deviceCode,
          needsSignIn: true,
          errors: [{ field: 'user-code', key: 'device.code_busy' }],
        },
      },
    ],
    'oidc/device-confirm': [
      { variant: 'plain', locals: deviceConfirm },
      {
        variant: 'signed-in',
        locals: {
          ...deviceConfirm,
          device: 'Chrome · Android',
          isSameNetwork: false,
          maskedName: '张*',
        },
      },
    ],
    'oidc/device-end': (['approved', 'refused', 'used', 'expired', 'failed'] as const).map(
      (end) => ({
        variant: end,
        locals: { end, relyingParty: { name: '政务大厅自助终端' }, codeHref: '/device' },
      }),
    ),
    'sessions/front-channel': [
      {
        variant: 'two',
        locals: {
          systems: [
            { name: '市民门户', frameUrl: '/sample/sessions/signed-out/plain' },
            { name: '不动产登记业务系统', frameUrl: '/sample/sessions/signed-out/plain' },
          ],
          onwardHref: '/sample/platform/index/plain',
        },
      },
    ],
  } satisfies Partial<Samples>;
}
