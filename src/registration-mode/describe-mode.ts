// The construction mode, and the plan of a change, in words for the terminal.
import type { Account } from '../accounts/account.ts';
import type { Translate } from '../platform/http/locale.ts';
import { formatTable } from '../platform/terminal.ts';
import type { DrawnPlan } from './draw-up-plan.ts';
import type { ModeRecord } from './mode-store.ts';
import type { ConstructionMode } from './registration-mode.ts';

interface DescribeDependencies {
  findAccount: (id: string) => Promise<Account | undefined>;
  terminal: { t: Translate };
}

const FIGURES = [
  'people',
  'linked',
  'notLinked',
  'frozen',
  'locked',
  'children',
  'made',
  'shadows',
  'mandates',
  'representatives',
  'guardians',
  'cases',
  'organisations',
  'subAccounts',
  'intermediaries',
  'staff',
  'signUps',
  'verifications',
  'demandedLevel',
] as const;

export async function describeMode(
  { findAccount, terminal: { t } }: DescribeDependencies,
  mode: ConstructionMode | ModeRecord,
): Promise<string> {
  const { provinceId, since, by } = mode;
  const names = await Promise.all(
    by.map(async (id) => {
      const account = await findAccount(id);
      return account?.login ?? id;
    }),
  );
  return [
    t('mode-command.show.mode', { mode: t(`mode.name.${mode.mode}`) }),
    ...(provinceId === undefined ? [] : [t('mode-command.show.province', { peer: provinceId })]),
    since
      ? t('mode-command.show.since', { at: since.toISOString(), who: names.join(', ') })
      : t('mode-command.show.initial'),
    ...('conversion' in mode ? [conversionLine(t, mode)] : []),
  ].join('\n');
}

function conversionLine(t: Translate, { conversion, planId }: ModeRecord): string {
  const { converted: count, kept = 0, isDone } = conversion;
  const values = { count, kept, plan: planId };
  return t(`mode-command.show.${isDone ? 'converted' : 'converting'}`, values);
}

export function describePlan(t: Translate, { plan, problems }: DrawnPlan): string {
  const { figures, stops, warnings, from, to, openCases = [] } = plan;
  const rows = FIGURES.map((name) => [t(`mode-command.figure.${name}`), String(figures[name])]);
  return [
    t('mode-command.plan.title', {
      plan: plan.id,
      from: t(`mode.name.${from}`),
      to: t(`mode.name.${to}`),
    }),
    formatTable(rows),
    t('mode-command.plan.will'),
    ...(['linked', 'not_linked', 'newcomers', 'others'] as const).map(
      (group) => `  ${t(`mode-command.will.${to}.${group}`)}`,
    ),
    ...warnings.map((warning) => t(`mode-command.warning.${warning}`)),
    ...stops.map((stop) => t(`mode-command.stop.${stop}`)),
    ...openCases.map((id) => `  ${t('mode-command.case', { id })}`),
    ...problems.map(({ code, values }) => `  ${t(`peers.look.${code}`, values)}`),
    t(`mode-command.plan.${stops.length > 0 ? 'stopped' : 'good'}`, { plan: plan.id }),
  ].join('\n');
}
