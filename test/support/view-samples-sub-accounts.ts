// The pages of sub-accounts and of systems in use in an organisation's space, in the examples of
// view-samples.ts.
import { company, spaceFrame as frame, spaceOf } from './view-samples-entity-space.ts';
import type { Samples } from './view-samples.ts';

const at = new Date('2026-11-22T06:05:00Z');
const department = { name: '财务部', href: '/account/entities/people?entity=s1', isLocked: false };

export function subAccountSamples() {
  const making = { entityName: company.name, backHref: '/account/entities/sub-accounts?entity=e1' };
  const represented = spaceOf('sub-accounts', { ...company, role: 'legalRepresentative' });
  return {
    'legal-entities/sub-accounts': [
      {
        variant: 'itself-empty',
        locals: { ...spaceOf('sub-accounts', company), subAccounts: [], isByPerson: true },
      },
      {
        variant: 'two',
        locals: {
          ...represented,
          notice: { key: 'account.notice.sub_account_closed' },
          subAccounts: [
            {
              ...department,
              people: 3,
              madeAt: at,
              closeHref: '/account/entities/sub-accounts/close?entity=s1',
            },
            {
              ...department,
              name: '城南分公司',
              people: 0,
              isLocked: true,
              madeAt: at,
              closeHref: '/account/entities/sub-accounts/close?entity=s2',
            },
          ],
          makeHref: '/account/entities/sub-accounts/new?entity=e1',
          isByPerson: false,
        },
      },
    ],
    'legal-entities/services': [
      {
        variant: 'itself-empty',
        locals: { ...spaceOf('services', company), connections: [], former: [], isWhole: true },
      },
      {
        variant: 'used',
        locals: {
          ...spaceOf('services', { ...company, role: 'legalRepresentative' }),
          notice: { key: 'account.notice.connection_ended' },
          connections: [
            {
              clientId: 'hall',
              system: '企业服务专区',
              personId: 'p1',
              entityId: 'e1',
              personName: '陈**',
              isSelf: true,
              since: at,
              items: [{ name: 'profile' }, { name: 'legal_entity' }],
            },
            {
              clientId: 'hall',
              system: '企业服务专区',
              personId: 'p2',
              entityId: 's1',
              otherName: '云样板信息技术（演示）有限公司·财务部',
              personName: '林**',
              isSelf: false,
              since: at,
              items: [],
            },
          ],
          former: [{ system: '不动产登记业务系统', lastAt: at }],
          endForm: { action: '/account/entities/services/end', fields: { entity: 'e1' } },
          isWhole: true,
        },
      },
    ],
    'legal-entities/new-sub-account': [
      {
        variant: 'taken',
        locals: {
          ...frame,
          ...making,
          form: { action: '/account/entities/sub-accounts/new', fields: { entity: 'e1' } },
          name: '财务部',
          errors: [{ field: 'name', key: 'sub-account.problem.taken' }],
        },
      },
    ],
    'legal-entities/close-sub-account': [
      {
        variant: 'used',
        locals: {
          ...frame,
          ...making,
          entityName: `${company.name}·财务部`,
          people: 3,
          form: { action: '/account/entities/sub-accounts/close', fields: { entity: 's1' } },
        },
      },
    ],
  } satisfies Partial<Samples>;
}
