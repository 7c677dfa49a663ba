// The people and bodies of the demonstration city. All are invented: the names say so, and the
// numbers carry a county code that no card has ever had. Passwords are made at first start.

export type DemoAccount = {
  readonly login: string;
  readonly kind: 'naturalPerson' | 'legalEntity' | 'civilServant';
  readonly name: string;
  readonly phone: string;
  readonly email: string;
  readonly certificateType?: string;
  readonly certificateNumber?: string;
  readonly uscc?: string;
  readonly realNameLevel: 1 | 2 | 3 | 4;
  readonly hasTotp: boolean;
};

const residentIdCard = '111';

export const demoAccounts: readonly DemoAccount[] = [
  {
    login: 'zhangshili',
    kind: 'naturalPerson',
    name: '张示例',
    phone: '19900000001',
    email: 'zhangshili@example.com',
    realNameLevel: 1,
    hasTotp: false,
  },
  {
    login: 'liceshi',
    kind: 'naturalPerson',
    name: '李测试',
    phone: '19900000002',
    email: 'liceshi@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000199003070024',
    realNameLevel: 2,
    hasTotp: false,
  },
  {
    login: 'wangyanshi',
    kind: 'naturalPerson',
    name: '王演示',
    phone: '19900000003',
    email: 'wangyanshi@example.com',
    certificateType: residentIdCard,
    certificateNumber: '44000019850615003X',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'zhaoyangben',
    kind: 'naturalPerson',
    name: '赵样本',
    phone: '19900000004',
    email: 'zhaoyangben@example.com',
    certificateType: residentIdCard,
    certificateNumber: '44000019781123004X',
    realNameLevel: 3,
    hasTotp: false,
  },
  {
    login: 'sunmoni',
    kind: 'naturalPerson',
    name: '孙模拟',
    phone: '19900000005',
    email: 'sunmoni@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000196002290056',
    realNameLevel: 4,
    hasTotp: true,
  },
  {
    login: 'shilikeji',
    kind: 'legalEntity',
    name: '示例科技（演示）有限公司',
    phone: '19900000006',
    email: 'shilikeji@example.com',
    uscc: '91440000MA0DEMA09C',
    realNameLevel: 3,
    hasTotp: false,
  },
  {
    login: 'yanshixiaochi',
    kind: 'legalEntity',
    name: '演示小吃店（个体工商户）',
    phone: '19900000007',
    email: 'yanshixiaochi@example.com',
    uscc: '92440000MA0DEMB05J',
    realNameLevel: 2,
    hasTotp: false,
  },
  {
    login: 'zhougongshi',
    kind: 'civilServant',
    name: '周公示',
    phone: '19900000008',
    email: 'zhougongshi@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000198209090069',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'wushenhe',
    kind: 'civilServant',
    name: '吴审核',
    phone: '19900000009',
    email: 'wushenhe@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000198705120079',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'zhengfuhe',
    kind: 'civilServant',
    name: '郑复核',
    phone: '19900000010',
    email: 'zhengfuhe@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000199103180087',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'sunguanli',
    kind: 'civilServant',
    name: '孙管理',
    phone: '19900000021',
    email: 'sunguanli@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000198506110097',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'qianyusuan',
    kind: 'civilServant',
    name: '钱预算',
    phone: '19900000022',
    email: 'qianyusuan@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000199302250105',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'xuxitong',
    kind: 'civilServant',
    name: '许系统',
    phone: '19900000023',
    email: 'xuxitong@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000197906132055',
    realNameLevel: 3,
    hasTotp: true,
  },
  {
    login: 'lvanquan',
    kind: 'civilServant',
    name: '吕安全',
    phone: '19900000024',
    email: 'lvanquan@example.com',
    certificateType: residentIdCard,
    certificateNumber: '440000199004052063',
    realNameLevel: 3,
    hasTotp: true,
  },
];

export type DemoRole = {
  readonly role: string;
  readonly department?: string;
  readonly askedBy: string;
  readonly approvals: readonly { readonly login: string; readonly approvedBy: string }[];
};

/**
 * Roles and who asks for and approves them. Two reviewers, because some decisions need a second pair of
 * eyes; one administrator of a department; the two who connect other platforms, the security administrator
 * last: from then on it takes one to appoint anybody.
 */
export const demoRoles: readonly DemoRole[] = [
  {
    role: 'reviewer',
    askedBy: 'zhougongshi',
    approvals: [
      { login: 'wushenhe', approvedBy: 'zhengfuhe' },
      { login: 'zhengfuhe', approvedBy: 'wushenhe' },
    ],
  },
  {
    role: 'departmentAdministrator',
    department: 'CZJ',
    askedBy: 'qianyusuan',
    approvals: [{ login: 'sunguanli', approvedBy: 'zhougongshi' }],
  },
  {
    role: 'systemAdministrator',
    askedBy: 'wushenhe',
    approvals: [{ login: 'xuxitong', approvedBy: 'zhengfuhe' }],
  },
  {
    role: 'securityAdministrator',
    askedBy: 'qianyusuan',
    approvals: [{ login: 'lvanquan', approvedBy: 'xuxitong' }],
  },
];
