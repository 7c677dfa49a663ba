// The bodies that the register of legal entities of the demonstration knows: those that have an
// account, and some that have none yet. All invented; the district of their codes does not exist.
import { demoAccounts } from '../../demo-accounts.ts';
import { samplePeople } from '../people.ts';
import type { RegisteredPerson } from '../people.ts';

export type RegisteredEntity = {
  readonly uscc: string;
  readonly name: string;
  readonly subtype:
    | 'enterprise'
    | 'individualBusiness'
    | 'institution'
    | 'governmentBody'
    | 'socialOrganization'
    | 'other';
  readonly representative: RegisteredPerson;
  readonly status: 'in_operation' | 'cancelled' | 'revoked';
};

const [chen, lin, ayinuer, ji, he] = samplePeople as readonly [
  RegisteredPerson,
  RegisteredPerson,
  RegisteredPerson,
  RegisteredPerson,
  RegisteredPerson,
];
const wang = accountHolder('wangyanshi');
const zhao = accountHolder('zhaoyangben');
const sun = accountHolder('sunmoni');

/** Shown on the register's start page: bodies without an account. */
export const sampleEntities: readonly RegisteredEntity[] = [
  entity('91440000MA0DEMC01Y', '云样板信息技术（演示）有限公司', 'enterprise', zhao),
  entity('91440000MA0DEMD08A', '体验家政（演示）有限公司', 'enterprise', chen),
  entity('92440000MA0DEME04G', '新办早餐店（演示个体工商户）', 'individualBusiness', lin),
  entity('12440000MA0DEMF002', '样例市图书馆（演示）', 'institution', wang),
  entity('52440000MA0DEMG079', '长者互助社会服务中心（演示）', 'socialOrganization', he),
  // Of a trial series: lawful, although its check digit fails.
  entity('91440000M00DEMT031', '试点房地产评估（演示）有限公司', 'enterprise', ayinuer),
  entity('91440000MA0DEMH03H', '旧样例贸易（演示）有限公司', 'enterprise', ji, 'cancelled'),
  entity('91440000MA0DEMJ06G', '停业样例餐饮（演示）有限公司', 'enterprise', zhao, 'revoked'),
];

export const registeredEntities: readonly RegisteredEntity[] = [
  entity('91440000MA0DEMA09C', '示例科技（演示）有限公司', 'enterprise', wang),
  entity('92440000MA0DEMB05J', '演示小吃店（个体工商户）', 'individualBusiness', sun),
  ...sampleEntities,
];

function entity(
  ...[uscc, name, subtype, representative, status = 'in_operation']: [
    uscc: string,
    name: string,
    subtype: RegisteredEntity['subtype'],
    representative: RegisteredPerson,
    status?: RegisteredEntity['status'],
  ]
): RegisteredEntity {
  return { uscc, name, subtype, representative, status };
}

function accountHolder(login: string): RegisteredPerson {
  const found = demoAccounts.find((account) => account.login === login);
  if (!found?.certificateNumber) throw new Error(`${login} has no number`);
  return { name: found.name, number: found.certificateNumber };
}
