// docs/retention.md, from the one table of what is kept (src/app/retention-table.ts) and its words.
import { retentionTable } from '../../src/app/retention-table.ts';
import type { Words } from '../../src/platform/http/locale.ts';
import { settings } from '../../src/platform/settings.ts';
import type { RetentionPeriod } from '../../src/privacy/retention-rule.ts';

type Locale = 'zh-CN' | 'en';

const INTRODUCTION = `# How long data is kept

Made from \`src/app/retention-table.ts\`, \`src/platform/settings.ts\` and \`locales/*/retention.json\` by \`npm run docs\`. Every collection of the database with data of people is here; a test fails for one that is not. Periods in days are the defaults of the settings named beside them ([configuration](configuration.md)); none of those of records and proofs can be set below 180.

What the database does not remove by an index, one process of all removes every hour, in batches that are one transaction each with their audit record \`privacy.outlived_removed\`. \`npm run hutong -- retention status\` tells what is overdue (exit code 1 when something is), \`retention run\` removes it at once. Audit records are removed by \`hutong audit prune\` alone, which proves the chain first.

Backups outlive what was removed: keep them no longer than the shortest period that you promise, and run \`retention run\` after a restore.
`;

export function retentionPage(words: Words): string {
  return [
    INTRODUCTION,
    '## In English\n',
    table(words, 'en'),
    '\n## 中文\n',
    table(words, 'zh-CN'),
  ].join('\n');
}

function table(words: Words, locale: Locale): string {
  const t = (key: string, values?: Record<string, string | number>) =>
    words.translate(locale, `retention.${key}`, values);
  const head = [
    t('page.what'),
    t('column.collections'),
    t('page.period'),
    t('page.ground'),
    t('column.removed_by'),
  ];
  const rows = retentionTable.map(({ kind, collections, period, ground, removal }) => [
    t(`${kind}.what`),
    collections.map((name) => `\`${name}\``).join(', '),
    periodText(period, t),
    t(`grounds.${ground}`),
    t(`by.${removal.by}`),
  ]);
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function periodText(
  period: RetentionPeriod,
  t: (key: string, values?: Record<string, string | number>) => string,
): string {
  if (typeof period === 'string') return t(`until.${period}`);
  if ('setting' in period) {
    const days = settings[period.setting].parse(undefined);
    return t('until.setting', { days, setting: `\`${period.setting}\`` });
  }
  if ('days' in period) return t('days', { count: period.days });
  if ('hours' in period) return t('until.hours', { count: period.hours });
  return t('until.minutes', { count: period.minutes });
}
