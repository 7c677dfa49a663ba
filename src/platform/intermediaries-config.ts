// The file HUTONG_INTERMEDIARIES: the kinds of intermediary 中介机构 that a city knows, who approves
// each, and what its certificate has. Without the file the kinds below are offered, with the words of
// `intermediary.kinds.<id>` and `intermediary.departments.<id>`.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

const name = z.string().trim().min(1).max(60);
const names = z.strictObject({ 'zh-CN': name, en: name });

const kind = z.strictObject({
  /** Stands in records. */
  id: z.string().regex(/^[a-z][a-z0-9_]{1,30}$/u),
  /** Absent only for a kind that has words of its own. */
  name: names.optional(),
  /** 主管部门: whose word makes it one. */
  department: names.optional(),
  /** Whether its certificate has a number. */
  hasNumber: z.boolean().default(true),
  /** The longest term, from the day of the application; later there is to be a new one. */
  mostYears: z.int().min(1).max(20).default(5),
});
export type IntermediaryKindConfig = z.output<typeof kind>;

const SUPPLIED: readonly Pick<IntermediaryKindConfig, 'id' | 'hasNumber'>[] = [
  { id: 'bookkeeping', hasNumber: true },
  { id: 'tax_agent', hasNumber: true },
  { id: 'asset_appraisal', hasNumber: true },
  { id: 'cost_consulting', hasNumber: true },
  { id: 'real_estate', hasNumber: true },
  { id: 'bidding', hasNumber: false },
  { id: 'patent', hasNumber: true },
  { id: 'human_resources', hasNumber: true },
  { id: 'inspection', hasNumber: true },
  { id: 'environmental', hasNumber: false },
  { id: 'safety', hasNumber: true },
  { id: 'surveying', hasNumber: true },
];
const supplied: readonly IntermediaryKindConfig[] = SUPPLIED.map((each) => kind.parse(each));

const fileSchema = z
  .strictObject({ kinds: z.array(kind).max(100) })
  .superRefine(({ kinds }, context) => {
    const ids = kinds.map(({ id }) => id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) {
      context.addIssue({ code: 'custom', path: ['kinds'], message: `names ${twice} twice` });
    }
    for (const [index, { id, ...named }] of kinds.entries()) {
      if (supplied.some((each) => each.id === id)) continue;
      for (const word of ['name', 'department'] as const) {
        if (named[word]) continue;
        context.addIssue({ code: 'custom', path: ['kinds', index, word], message: 'is missing' });
      }
    }
  });

/** The supplied ones without a file; none with problems, which are appended. */
export function loadIntermediaryKinds(
  file: string | undefined,
  problems: string[],
): readonly IntermediaryKindConfig[] {
  if (file === undefined) return supplied;
  const given = { name: 'HUTONG_INTERMEDIARIES', file, schema: fileSchema };
  return readSettingsFile(given, problems)?.kinds ?? [];
}
