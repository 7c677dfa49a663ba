// The staff directory of the demonstration: departments, and who works where, as the personnel office
// would write its files for `hutong directory import`.
import { demoAccounts } from './demo-accounts.ts';

export const demoDepartments = [
  { code: 'CZJ', name: '示例市财政局', parent: '' },
  { code: 'CZJ-YS', name: '预算科', parent: 'CZJ' },
  { code: 'CZJ-GK', name: '国库科', parent: 'CZJ' },
  { code: 'ZSJ', name: '示例市政务服务和数据管理局', parent: '' },
  { code: 'ZSJ-SH', name: '身份审核科', parent: 'ZSJ' },
] as const;

const posts: Readonly<Record<string, { number: string; department: string; title: string }>> = {
  zhougongshi: { number: 'Z001', department: 'ZSJ', title: '科长' },
  wushenhe: { number: 'Z002', department: 'ZSJ-SH', title: '审核员' },
  zhengfuhe: { number: 'Z003', department: 'ZSJ-SH', title: '审核员' },
  sunguanli: { number: 'C001', department: 'CZJ', title: '人事主管' },
  qianyusuan: { number: 'C002', department: 'CZJ-YS', title: '科员' },
};

/** The two files, in the columns of `hutong directory`. */
export function describeStaff(): { staff: string; departments: string } {
  const people = demoAccounts.flatMap(({ login, name, phone, email }) => {
    const post = posts[login];
    if (!post) return [];
    return [[login, post.number, name, post.department, post.title, phone, email].join(',')];
  });
  const tree = demoDepartments.map(({ code, name, parent }) => [code, name, parent].join(','));
  return {
    staff: ['user_name,staff_id,name,department,title,mobile,email', ...people, ''].join('\n'),
    departments: ['code,name,parent', ...tree, ''].join('\n'),
  };
}
