// What the person at the terminal reads: the welcome, and why a city did not start or had to end.
import type { TFunction } from 'i18next';
import type { CityProblem } from './city.ts';
import type { CityPlan } from './city-parts.ts';
import { demoAccounts, demoRoles } from './demo-accounts.ts';
import type { DemoAccount } from './demo-accounts.ts';
import { provinceRoles, sampleStranger } from './platforms/platform-accounts.ts';
import { dialectsAddress, platformAddresses, platformsOf } from './platforms/platform-parts.ts';
import { keyHolderAddress } from './platforms/recognition-parts.ts';
import { translate } from './locales.ts';

const STEPS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh'];

const chinese = translate('zh-CN');
const english = translate('en');

/** Both languages, Chinese first. */
export function sayBoth(key: string, values: Record<string, unknown> = {}): string {
  return `${chinese(`terminal.${key}`, values)}\n${english(`terminal.${key}`, values)}`;
}

export function describeProblem(problem: CityProblem): string {
  const { reason, ...values } = problem;
  const details =
    'lastLines' in problem && problem.lastLines !== ''
      ? `\n\n${indent(problem.lastLines)}`
      : 'output' in problem
        ? `\n\n${indent(problem.output)}`
        : '';
  return sayBoth(`problem.${reason}`, values) + details;
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  | ${line}`)
    .join('\n');
}

function addressesOf({ settings, clients }: CityPlan) {
  return {
    portal: clients.portal.client_uri,
    department: clients.department.client_uri,
    serviceHall: clients.serviceHall.client_uri,
    inbox: `http://localhost:${settings.ports.inbox}/`,
    population: `http://localhost:${settings.ports.population}/`,
    legalEntities: `http://localhost:${settings.ports.legalEntities}/`,
    entityCredentials: `http://localhost:${settings.ports.entityCredentials}/`,
    corporateBank: `http://localhost:${settings.ports.corporateBank}/`,
    sources: `http://localhost:${settings.ports.sources}/`,
    network: `http://localhost:${settings.ports.network}/`,
    face: `http://localhost:${settings.ports.face}/`,
    province: `${platformAddresses(settings).province}/`,
    neighbour: `${platformAddresses(settings).neighbour}/`,
    dialects: `${dialectsAddress(settings)}/`,
    keyHolder: keyHolderAddress(settings.ports),
    stranger: sampleStranger.login,
    strangerNumber: sampleStranger.certificateNumber,
    issuer: settings.issuer,
    discovery: `${settings.issuer}/.well-known/openid-configuration`,
    demoFile: settings.folder.demoFile,
    logFolder: settings.folder.logFolder,
  };
}

/** Addresses, accounts and what to try: in Chinese, then one paragraph in English. */
export function describeWelcome(plan: CityPlan): string {
  const { settings } = plan;
  const values = addressesOf(plan);
  return [
    '',
    chinese('terminal.ready'),
    '',
    ...[
      'portal',
      'department',
      'serviceHall',
      'inbox',
      'population',
      'legalEntities',
      'entityCredentials',
      'corporateBank',
      'sources',
      'network',
      'face',
      'issuer',
      ...(settings.hasNeighbours ? ['province', 'neighbour', 'keyHolder', 'dialects'] : []),
    ].map((key) => `  ${chinese(`terminal.address.${key}`, values)}`),
    '',
    chinese('terminal.accounts'),
    ...demoAccounts.map((account) => describeAccount(plan, account, chinese)),
    ...platformsOf(plan).flatMap(({ key, accounts }) => [
      chinese(`terminal.accountsOf.${key}`),
      ...accounts.map((account) => describeAccount(plan, account, chinese)),
    ]),
    '',
    chinese('terminal.totpHint', values),
    '',
    chinese('terminal.try'),
    ...[...STEPS, ...(settings.hasNeighbours ? ['eighth', 'ninth'] : [])].map(
      (key) => `  ${chinese(`terminal.steps.${key}`, values)}`,
    ),
    '',
    chinese('terminal.end', values),
    '',
    english('terminal.paragraph', {
      ...values,
      beside: settings.hasNeighbours ? english('terminal.beside', values) : '',
    }),
    '',
  ].join('\n');
}

function describeAccount(plan: CityPlan, account: DemoAccount, t: TFunction): string {
  const { login } = account;
  const secret = plan.secrets.accounts[login];
  if (!secret) return '';
  const kind = t(`subjectType.${account.kind}`);
  const level = t('home.levelValue', { level: account.realNameLevel });
  const held = [...demoRoles, ...provinceRoles].find(({ approvals }) =>
    approvals.some((each) => each.login === login),
  );
  const role = held ? t(`terminal.role.${held.role}`) : '';
  const code = secret.totpSecret === undefined ? '' : t('terminal.withTotp', secret);
  return `  ${login.padEnd(14)} ${secret.password}  ${account.name} · ${kind} · ${level}${role}${code}`;
}
