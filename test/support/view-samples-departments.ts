// The pages for administrators of departments in the examples of view-samples.ts.
import { personSteps } from '../../src/directory/console/department-paths.ts';
import { staffEventNames } from '../../src/directory/console/departments.views.ts';
import type {
  DepartmentsRefusal,
  PersonFormLocals,
  PersonLocals,
} from '../../src/directory/console/departments.views.ts';
import type { Samples } from './view-samples.ts';

const frame = { maskedName: '孙*', signOutForm: { action: '/account/sign-out' } };
const at = new Date('2026-11-20T01:30:00Z');
const href = '/departments/people/Jq3vX0';
const person = {
  id: 'Jq3vX0',
  href,
  name: '郑小文',
  userName: 'zheng.xiaowen',
  staffId: '0417',
  post: '科员',
  department: '市财政局 / 预算科',
  state: 'active',
} as const;
const departments = [
  { id: 'd1', code: 'CZJ', path: '市财政局' },
  { id: 'd2', code: 'CZJ-YS', path: '市财政局 / 预算科' },
];
const people = {
  ...frame,
  tree: [
    {
      name: '市财政局',
      code: 'CZJ',
      href: '/departments?department=d1',
      isChosen: false,
      children: [
        { name: '预算科', code: 'CZJ-YS', href: '/departments', isChosen: true, children: [] },
      ],
    },
  ],
  departments,
  chosen: '',
  search: '',
  people: [
    person,
    { ...person, id: 'Jq3vX1', name: '欧阳修远', userName: 'ouyang', state: 'suspended' as const },
  ],
  joinHref: '/departments/new',
};
const shown: PersonLocals = {
  ...frame,
  person: {
    ...person,
    maskedPhone: '138****0001',
    email: 'zheng@czj.example.gov.cn',
    joinedAt: at,
  },
  isImported: false,
  keepsContacts: false,
  hasSignedIn: false,
  changeHref: `${href}/change`,
  steps: personSteps
    .filter((step) => step !== 'resume')
    .map((step) => ({ step, href: `${href}/${step}` })),
  history: staffEventNames.map((event, index) => ({
    event,
    at,
    by: (['you', 'administrator', 'client', 'operator', 'system'] as const)[index % 5] ?? 'you',
  })),
};
const typed = {
  userName: 'zheng.xiaowen',
  name: '郑小文',
  staffId: '0417',
  post: '副科长',
  department: 'd2',
  phone: '+8613800000001',
  email: '',
};
const joining: PersonFormLocals = {
  ...frame,
  departments,
  typed: { ...typed, userName: '', name: '' },
  form: { action: '/departments/new' },
  backHref: '/departments',
  isImported: false,
  errors: [],
};
const changing: PersonFormLocals = {
  ...joining,
  person: { name: '郑小文', userName: 'zheng.xiaowen' },
  typed,
  form: { action: `${href}/change`, fields: { revision: '3' } },
  backHref: href,
};
const refusals: readonly DepartmentsRefusal[] = [
  'not_here',
  'own',
  'holds_power',
  'holds_role',
  'has_password',
  'inactive',
  'version_differs',
  'too_often',
];

export function departmentSamples(): Pick<
  Samples,
  | 'departments/people'
  | 'departments/person'
  | 'departments/person-form'
  | 'departments/step'
  | 'departments/first-password'
  | 'departments/refused'
  | 'departments/not-administrator'
> {
  return {
    'departments/people': [
      { variant: 'empty', locals: { ...people, people: [], total: 0 } },
      {
        variant: 'plain',
        locals: { ...people, total: 312, nextHref: '/departments?page=2', done: 'ended' },
      },
      { variant: 'none-found', locals: { ...people, people: [], search: '郑', chosen: 'd2' } },
    ],
    'departments/person': [
      { variant: 'plain', locals: { ...shown, done: 'joined' } },
      {
        variant: 'suspended',
        locals: {
          ...shown,
          person: { ...shown.person, state: 'suspended' },
          isImported: true,
          hasSignedIn: true,
          steps: [{ step: 'resume', href }],
        },
      },
      {
        variant: 'power',
        locals: {
          ...shown,
          untouchable: 'holds_power',
          keepsContacts: true,
          steps: [],
          history: [],
        },
      },
    ],
    'departments/person-form': [
      { variant: 'join', locals: joining },
      {
        variant: 'join-errors',
        locals: {
          ...joining,
          errors: [
            { field: 'user_name', key: 'departments.problem.user_name_missing' },
            { field: 'name', key: 'departments.problem.name_missing' },
            { field: 'phone', key: 'departments.problem.contact_missing' },
          ],
        },
      },
      { variant: 'change', locals: { ...changing, isImported: true } },
      {
        variant: 'conflict',
        locals: {
          ...changing,
          meanwhile: [
            { field: 'post', value: '科长' },
            { field: 'email', value: '' },
          ],
          errors: [{ key: 'departments.problem.version_differs' }],
        },
      },
      {
        variant: 'not-fresh',
        locals: {
          ...changing,
          freshHref: `${href}/change`,
          errors: [{ key: 'departments.problem.not_fresh' }],
        },
      },
    ],
    'departments/step': personSteps.map((step) => ({
      variant: step,
      locals: { ...frame, step, person, form: { action: `${href}/${step}` }, backHref: href },
    })),
    'departments/first-password': [
      {
        variant: 'plain',
        locals: {
          ...frame,
          person,
          password: 'Kwbh-tnqx-mzrd-4817',
          validUntil: at,
          backHref: href,
        },
      },
    ],
    'departments/refused': refusals.map((reason) => ({
      variant: reason.replaceAll('_', '-'),
      locals: { ...frame, reason, onwardHref: href },
    })),
    'departments/not-administrator': [{ variant: 'plain', locals: { homeHref: '/account' } }],
  };
}
