// The part of an organisation's space in the examples of view-samples.ts.
import type { EntityPeopleLocals, SpacePlace } from '../../src/legal-entities/space/space.views.ts';
import type { MandateRole } from '../../src/mandates/mandate.ts';
import { sampleRequest } from './view-samples-handler-requests.ts';
import { endedSample, sampleMandate } from './view-samples-mandates.ts';
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const until = new Date('2026-11-29T06:05:00Z');
export const spaceFrame = {
  maskedName: '赵*',
  signOutForm: { action: '/account/sign-out' },
  hasEntities: true,
} as const;
export const company = { name: '云样板信息技术（演示）有限公司', uscc: '91440000MA0DEMC01Y' };
const shop = { name: '新办早餐店（演示个体工商户）', uscc: '92440000MA0DEME04G' };
const fromRegister = { source: 'legalEntities', grade: 'A', verifiedAt: at } as const;

const leader = {
  isSelf: false,
  state: 'active',
  since: at,
  isSingleUse: false,
  maySubdelegate: false,
  isPassedOn: false,
} as const;

/** Of an organisation that is signed in itself where no role is named. */
export function spaceOf(
  here: SpacePlace,
  of: { name: string; uscc: string; role?: MandateRole },
): Pick<EntityPeopleLocals, 'space' | 'maskedName' | 'signOutForm'> {
  const all = ['profile', 'people', 'services', 'sub-accounts', 'history'] as const;
  const places = all
    .filter((name) => of.role !== 'handler' || name !== 'sub-accounts')
    .map((name) => ({
      name,
      href: `/account/entities/${name === 'profile' ? 'view' : name}?entity=e1`,
      isCurrent: name === here,
    }));
  const { signOutForm } = spaceFrame;
  const viewer = of.role
    ? spaceFrame
    : { signOutForm, maskedName: of.name, hasSpace: true as const };
  return { ...viewer, space: { ...of, places } };
}

export function entitySpaceSamples() {
  return {
    'legal-entities/entity': [
      {
        variant: 'representative',
        locals: {
          ...spaceOf('profile', { ...company, role: 'legalRepresentative' }),
          notice: { key: 'account.notice.entity_registered' },
          facts: [
            { name: 'name', value: company.name, ...fromRegister },
            { name: 'uscc', value: company.uscc, ...fromRegister },
          ],
          formerNames: [{ name: '云样例信息（演示）有限公司', until: at }],
          subtype: 'enterprise',
          realNameLevel: 3,
          verifiedAt: at,
          record: { status: 'in_operation', checkedAt: at },
          qualifications: {
            href: '/account/entities/qualifications?entity=e1',
            isIntermediary: true,
          },
          password: { href: '/account/entities/password?entity=e1' },
          raising: { certificateHref: '/account/entities/certificate?entity=e1', isEnding: false },
        },
      },
      {
        variant: 'administrator',
        locals: {
          ...spaceOf('profile', { ...company, role: 'administrator' }),
          facts: [{ name: 'uscc', value: company.uscc, ...fromRegister }],
          formerNames: [],
          realNameLevel: 3,
          password: { changedAt: at },
        },
      },
      {
        variant: 'sub-account',
        locals: {
          ...spaceFrame,
          space: {
            ...spaceOf('profile', { ...company, role: 'handler' }).space,
            role: 'administrator',
            name: `${company.name}·财务部`,
            uscc: '',
            parent: { ...company, href: '/account/entities/sub-accounts?entity=e1' },
            isFromAbove: true,
          },
          facts: [{ name: 'name', value: `${company.name}·财务部`, source: 'parent', grade: 'D' }],
          formerNames: [],
          realNameLevel: 3,
          verifiedAt: at,
        },
      },
      {
        variant: 'handler',
        locals: {
          ...spaceOf('profile', { ...shop, role: 'handler' }),
          facts: [{ name: 'name', value: shop.name, source: 'other', grade: 'D' }],
          formerNames: [],
          realNameLevel: 1,
          record: { status: 'cancelled', checkedAt: at },
        },
      },
    ],
    'legal-entities/people': [
      {
        variant: 'representative',
        locals: {
          ...spaceOf('people', { ...company, role: 'legalRepresentative' }),
          isWhole: true,
          total: 120,
          olderHref: '/account/entities/people?entity=e1&from=50',
          people: [
            { ...leader, id: 'm1', holderName: '赵*', role: 'legalRepresentative', isSelf: true },
            {
              ...leader,
              id: 'm2',
              holderName: '王*',
              role: 'administrator',
              endHref: '/account/entities/end?mandate=m2',
            },
            sampleMandate,
          ],
          ended: [endedSample],
          appointing: {
            inviteHref: '/account/entities/invite?entity=e1',
            inviteHandlerHref: '/account/entities/mandates/invite?entity=e1',
            invitations: [
              {
                id: 'i1',
                maskedName: '林*',
                maskedNumber: '440***********0125',
                until,
                facts: sampleMandate,
              },
            ],
            withdrawForm: { action: '/account/entities/withdraw' },
            requests: [
              {
                ...sampleRequest,
                maskedName: '王*',
                maskedNumber: '110***********1234',
                answerHref: '/account/entities/mandates/request/answer?request=r1',
                declineHref: '/account/entities/mandates/request/decline?request=r1',
              },
            ],
            closed: [{ holderName: '钱*', role: 'handler', outcome: 'declined', closedAt: at }],
          },
        },
      },
      {
        variant: 'handler',
        locals: {
          ...spaceOf('people', { ...shop, role: 'handler' }),
          isWhole: false,
          total: 1,
          people: [{ ...sampleMandate, holderName: '赵*', isSelf: true }],
          ended: [],
        },
      },
      {
        variant: 'itself-empty',
        locals: { ...spaceOf('people', company), isWhole: true, people: [], total: 0, ended: [] },
      },
    ],
    'legal-entities/history': [
      {
        variant: 'whole',
        locals: {
          ...spaceOf('history', { ...company, role: 'legalRepresentative' }),
          isWhole: true,
          entries: [
            {
              at,
              event: 'mandates_ended',
              isRefused: false,
              by: { kind: 'system' },
              whom: '王*',
              role: 'administrator',
              endReason: 'representative_changed',
            },
            {
              at,
              event: 'consent_given',
              isRefused: false,
              by: { kind: 'person', name: '赵*' },
              system: '企业服务大厅',
            },
            {
              at,
              event: 'entities_notice_received',
              isRefused: false,
              by: { kind: 'system' },
              change: 'renamed',
            },
            {
              at,
              event: 'mandates_import_finished',
              isRefused: false,
              by: { kind: 'person', name: '赵*' },
              system: '集团人力资源系统',
              isTrial: true,
              counts: [
                { of: 'valid', count: 980 },
                { of: 'refused', count: 20 },
              ],
            },
            { at, event: 'sign_in_refused', isRefused: true, by: { kind: 'account' } },
            {
              at,
              event: 'accounts_level_changed',
              isRefused: false,
              by: { kind: 'operator' },
              level: 3,
            },
          ],
          olderHref: '/account/entities/history?entity=e1&before=1',
        },
      },
      {
        variant: 'handler-empty',
        locals: {
          ...spaceOf('history', { ...shop, role: 'handler' }),
          isWhole: false,
          entries: [],
        },
      },
    ],
  } satisfies Partial<Samples>;
}
