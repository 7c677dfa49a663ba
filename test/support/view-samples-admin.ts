// The administration of peers in the examples of view-samples.ts.
import { peerConsoleSteps } from '../../src/peers/console/peer-paths.ts';
import type {
  PeerFormLocals,
  PeerLocals,
  PeerRow,
  PeerTestLocals,
} from '../../src/peers/console/peers.views.ts';
import { peerStates } from '../../src/peers/peer.ts';
import type { PeerRefusal } from '../../src/peers/peer-steps.ts';
import { samplePeer } from './peer-samples.ts';
import { departmentSamples } from './view-samples-departments.ts';
import type { Samples } from './view-samples.ts';

const frame = { maskedName: '何*', signOutForm: { action: '/account/sign-out' } };
const at = new Date('2026-11-20T01:30:00Z');
const href = '/admin/peers/province';
const registration = JSON.stringify(samplePeer(), null, 2);
const row: PeerRow = {
  id: 'province',
  href,
  name: '省统一身份认证平台',
  kind: 'provinceHub',
  state: 'active',
  roles: ['upstream', 'downstream'],
  protocol: 'oidc',
  levelCap: 3,
  strengthCap: 2,
  health: { circuit: 'closed', lastSuccessAt: at },
};
const failing: PeerRow = {
  ...row,
  id: 'city-b',
  name: '乙市统一身份认证平台',
  kind: 'cityNode',
  state: 'suspended',
  health: { circuit: 'open', lastSuccessAt: at, lastFailureAt: at, failure: 'http_503' },
  ending: { name: '2026-rsa-1', days: -2 },
};
const shown: PeerLocals = {
  ...frame,
  peer: { ...row, issuer: 'https://province.example.gov.cn', revision: 7 },
  registration,
  ourAddresses: [
    { use: 'return', url: 'https://id.example.gov.cn/federation/return/province' },
    { use: 'signedOut', url: 'https://id.example.gov.cn/federation/signed-out' },
    {
      use: 'backchannelLogout',
      url: 'https://id.example.gov.cn/federation/backchannel-logout/province',
    },
    { use: 'events', url: 'https://id.example.gov.cn/federation/events/province' },
  ],
  held: ['clientSecret', 'clientKey'],
  droppedKeys: ['2025-rsa-1'],
  credentials: [
    { kind: 'signingKey', name: '2026-rsa-1', expiresAt: at, days: 12, isSoon: true },
    { kind: 'signingKey', name: '2027-rsa-1', isSoon: false },
    {
      kind: 'certificate',
      name: 'province.example.gov.cn',
      expiresAt: at,
      days: 91,
      isSoon: false,
    },
  ],
  lookProblems: [],
  seenAt: at,
  decisions: [
    { step: 'changed', who: 'hexitong', at },
    { step: 'tested', who: 'hexitong', at },
    { step: 'approved', who: 'luanquan', at },
    { step: 'activated', who: 'hexitong', at },
    { step: 'suspended', who: 'luanquan', at, reason: '等级与约定不符' },
  ],
  changeHref: `${href}/change`,
  testHref: `${href}/test`,
  steps: peerConsoleSteps.map((step) => ({ step, href: `${href}/${step}` })),
};
const joining: PeerFormLocals = {
  ...frame,
  typed: registration,
  held: [],
  problems: [],
  form: { action: '/admin/peers/new' },
  backHref: '/admin/peers',
  errors: [],
};
const changing: PeerFormLocals = {
  ...joining,
  peer: { id: row.id, name: row.name, href },
  held: ['clientSecret'],
  form: { action: `${href}/change`, fields: { revision: '7' } },
  backHref: href,
};
const testing: PeerTestLocals = {
  ...frame,
  peer: { id: row.id, name: row.name, href },
  sample: '',
  form: { action: `${href}/test`, fields: { revision: '7' } },
  isRecorded: false,
  errors: [],
};
const run = {
  kind: 'naturalPerson',
  maskedName: '王*',
  certificateType: '111',
  maskedNumber: '1****************X',
  statedLevel: 'L3',
  level: 4,
  cappedLevel: 3,
  strength: 2,
  cappedStrength: 2,
  unread: ['phone'],
  leftAlone: ['userobj.area', 'userobj.extproperties.0'],
} as const;
const refusals: readonly PeerRefusal[] = [
  'peer_unknown',
  'not_system',
  'not_security',
  'not_administrator',
  'same_officer',
  'not_now',
  'overtaken',
];

type PeerSamples = Pick<
  Samples,
  | 'admin/peers'
  | 'admin/peer'
  | 'admin/peer-form'
  | 'admin/peer-test'
  | 'admin/peer-step'
  | 'admin/refused'
  | 'admin/not-administrator'
>;

/** Of both kinds of administrators: those of departments, and those of the system. */
export function adminSamples(): PeerSamples & ReturnType<typeof departmentSamples> {
  return { ...departmentSamples(), ...peerSamples() };
}

function peerSamples(): PeerSamples {
  return {
    'admin/peers': [
      { variant: 'empty', locals: { ...frame, peers: [], joinHref: '/admin/peers/new' } },
      { variant: 'plain', locals: { ...frame, peers: [row, failing], done: 'remove' } },
    ],
    'admin/peer': [
      { variant: 'plain', locals: { ...shown, done: 'created' } },
      ...peerStates.map((state) => ({
        variant: state,
        locals: {
          ...shown,
          peer: { ...shown.peer, state },
          ourAddresses: [],
          held: [],
          droppedKeys: [],
          credentials: [],
          lookProblems: [
            {
              key: 'peers.look.unreachable',
              values: { address: 'https://province.example.gov.cn/token', reason: 'timeout' },
            },
          ],
          decisions: [],
          steps: [],
        },
      })),
    ],
    'admin/peer-form': [
      { variant: 'join', locals: joining },
      {
        variant: 'errors',
        locals: {
          ...changing,
          problems: [
            { field: 'levelCap', words: { key: 'peers.problem.missing' } },
            {
              field: 'certificateTypeMap.10',
              words: { key: 'peers.problem.certificate_type_unknown' },
            },
          ],
          errors: [
            { field: 'registration', key: 'admin.problem.registration', values: { count: 2 } },
          ],
        },
      },
      {
        variant: 'conflict',
        locals: {
          ...changing,
          meanwhile: registration,
          errors: [{ key: 'admin.problem.overtaken' }],
        },
      },
      {
        variant: 'not-fresh',
        locals: {
          ...changing,
          freshHref: `${href}/change`,
          errors: [{ key: 'admin.problem.not_fresh' }],
        },
      },
      {
        variant: 'key',
        locals: {
          ...changing,
          errors: [{ field: 'client-key', key: 'admin.problem.key_not_json' }],
        },
      },
    ],
    'admin/peer-test': [
      { variant: 'plain', locals: testing },
      {
        variant: 'answers',
        locals: { ...testing, result: { kind: 'look', problems: [] }, isRecorded: true },
      },
      {
        variant: 'sample',
        locals: {
          ...testing,
          sample: '{ "sub": "p-1" }',
          result: { kind: 'sample', run },
          isRecorded: true,
        },
      },
      {
        variant: 'refused',
        locals: {
          ...testing,
          result: {
            kind: 'refused',
            words: { key: 'peers.dry_run.not_readable', values: { fields: 'subject' } },
          },
        },
      },
      {
        variant: 'unreachable',
        locals: {
          ...testing,
          result: { kind: 'look', problems: [{ key: 'peers.look.no_keys', values: {} }] },
        },
      },
      {
        variant: 'errors',
        locals: {
          ...testing,
          sample: '{',
          errors: [{ field: 'sample', key: 'admin.problem.sample_not_json' }],
        },
      },
    ],
    'admin/peer-step': [
      ...peerConsoleSteps.map((step) => ({
        variant: step,
        locals: {
          ...frame,
          step,
          peer: { id: row.id, name: row.name, href, issuer: shown.peer.issuer, state: row.state },
          registration,
          reason: '',
          form: { action: `${href}/${step}`, fields: { revision: '7' } },
          errors: [],
        },
      })),
      {
        variant: 'no-reason',
        locals: {
          ...frame,
          step: 'suspend',
          peer: { id: row.id, name: row.name, href, issuer: shown.peer.issuer, state: row.state },
          registration,
          reason: '',
          form: { action: `${href}/suspend`, fields: { revision: '7' } },
          errors: [{ field: 'reason', key: 'admin.problem.reason_missing' }],
        },
      },
    ],
    'admin/refused': refusals.map((reason) => ({
      variant: reason.replaceAll('_', '-'),
      locals: { ...frame, reason, onwardHref: href },
    })),
    'admin/not-administrator': [{ variant: 'plain', locals: { homeHref: '/account' } }],
  };
}
