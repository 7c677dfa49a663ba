// Whom the province and the neighbouring city know, and the staff who connect platforms. As invented as those
// of the city; one person of the neighbouring city has an account in this one as well.
import type { DemoAccount, DemoRole } from '../demo-accounts.ts';

const residentIdCard = '111';

export const provinceAccounts: readonly DemoAccount[] = [
  {
    login: 'heshengji',
    kind: 'naturalPerson',
    name: '何省级',
    phone: '19900000031',
    email: 'heshengji@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000199204182014',
    realNameLevel: 4,
    hasTotp: true,
  },
  {
    login: 'dongshengxi',
    kind: 'civilServant',
    name: '董省系',
    phone: '19900000032',
    email: 'dongshengxi@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000197609082020',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'yushengan',
    kind: 'civilServant',
    name: '于省安',
    phone: '19900000033',
    email: 'yushengan@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000198302272035',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'jiangshengban',
    kind: 'civilServant',
    name: '蒋省办',
    phone: '19900000036',
    email: 'jiangshengban@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000198103052072',
    realNameLevel: 3,
    hasTotp: true,
  },
];

export const provinceRoles: readonly DemoRole[] = [
  {
    role: 'systemAdministrator',
    askedBy: 'yushengan',
    approvals: [{ login: 'dongshengxi', approvedBy: 'jiangshengban' }],
  },
  {
    role: 'securityAdministrator',
    askedBy: 'dongshengxi',
    approvals: [{ login: 'yushengan', approvedBy: 'jiangshengban' }],
  },
];

/** Registered in the neighbouring city alone: whose number is typed in this one. */
export const sampleStranger = {
  login: 'sulinshi',
  kind: 'naturalPerson',
  name: '苏邻市',
  phone: '19900000037',
  email: 'sulinshi@example.com',
  certificateType: residentIdCard,
  certificateNumber: '440000199306112041',
  realNameLevel: 3,
  hasTotp: true,
} as const satisfies DemoAccount;

export const neighbourAccounts: readonly DemoAccount[] = [
  {
    login: 'chenlinshi',
    kind: 'naturalPerson',
    name: '陈邻市',
    phone: '19900000034',
    email: 'chenlinshi@example.com',
    certificateType: residentIdCard,
    certificateNumber: '44000019881019204X',
    realNameLevel: 4,
    hasTotp: true,
  },
  sampleStranger,
  {
    login: 'zhaolinshi',
    kind: 'naturalPerson',
    name: '赵样本',
    phone: '19900000035',
    email: 'zhaolinshi@example.com',
    certificateType: residentIdCard,
    certificateNumber: '44000019781123004X',
    realNameLevel: 3,
    hasTotp: true,
  },
];
