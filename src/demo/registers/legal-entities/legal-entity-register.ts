// The register of legal entities of the demonstration: answers whether a code, a name and a legal
// representative belong together, tells what it has under a code, lists change notices, and lets whoever
// tries the city out change an entry: `PUT /entities/<code>` with `{"status":"cancelled"}`,
// `{"name":…}` or `{"representative":{"name":…,"number":…}}`.
import { bodyParser } from '@koa/bodyparser';
import type Koa from 'koa';
import type { Context } from 'koa';
import { z } from 'zod';
import { readJson, writeWhole } from '../../data-folder.ts';
import { Faults } from '../faults.ts';
import { createRegisterApp, requireKey } from '../register-app.ts';
import type { RegisterPart } from '../register-part.ts';
import { registeredEntities, sampleEntities } from './companies.ts';
import type { RegisteredEntity } from './companies.ts';
import { ChangeNotices, noticesOf } from './change-notices.ts';
import type { Notice, NoticeNames } from './change-notices.ts';

export type LegalEntityRegisterPart = RegisterPart &
  NoticeNames & {
    /** Where what was changed is kept; absent: as long as the register runs. */
    readonly file?: string;
  };
export type LegalEntityRegisterDependencies = Omit<LegalEntityRegisterPart, 'port'> & {
  readonly log: (line: object) => void;
};

const questionSchema = z.object({
  request_id: z.string().min(1).max(100),
  uscc: z.string().length(18),
  name: z.string().min(1).max(200),
  representative: z.object({
    name: z.string().min(1).max(100),
    certificate_type: z.string().min(3).max(3),
    certificate_number: z.string().min(1).max(50),
  }),
});

const entryQuestionSchema = questionSchema
  .omit({ name: true })
  .extend({ representative: questionSchema.shape.representative.optional() });

const changeSchema = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  status: z.enum(['in_operation', 'cancelled', 'revoked']).optional(),
  representative: z
    .strictObject({ name: z.string().min(1).max(100), number: z.string().min(1).max(50) })
    .optional(),
});

export async function createLegalEntityRegister({
  key,
  file,
  noticeKey,
  noticeIssuer,
  noticeAudience,
  ...shell
}: LegalEntityRegisterDependencies): Promise<Koa> {
  const faults = new Faults();
  const kept = ((file && (await readJson(file))) ?? { changed: [], notices: [] }) as Kept;
  const notices = new ChangeNotices({ noticeKey, noticeIssuer, noticeAudience }, kept.notices);
  const present = [...registeredEntities, ...kept.changed];
  const entries = new Map(present.map((entry) => [entry.uscc, entry]));
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
  return createRegisterApp({ ...shell, key: 'legalEntities' }, (router, pages) => {
    router.get('/', (ctx) => {
      const entities = sampleEntities.map(({ uscc }) => entries.get(uscc));
      pages.show(ctx, { page: 'legal-entities', entities, mode: faults.mode });
    });
    faults.addRoutes(router);
    router.put('/entities/:uscc', parseJson, (ctx) =>
      change(ctx, { entries, notices, file, uscc: String(ctx.params['uscc']) }),
    );
    router.get('/changes', requireKey(key), faults.guard, async (ctx) => {
      const { after, limit } = ctx.query;
      ctx.body = await notices.after(Number(after), Number(limit));
    });
    router.post('/entry', requireKey(key), faults.guard, parseJson, (ctx) =>
      tell(ctx, entries, faults),
    );
    router.post('/check', requireKey(key), faults.guard, parseJson, (ctx) =>
      answer(ctx, entries, faults),
    );
  });
}

type Kept = { readonly changed: readonly RegisteredEntity[]; readonly notices: readonly Notice[] };
type Changing = {
  readonly entries: Map<string, RegisteredEntity>;
  readonly notices: ChangeNotices;
  readonly file: string | undefined;
  readonly uscc: string;
};

async function change(ctx: Context, { entries, notices, file, uscc }: Changing): Promise<void> {
  const parsed = changeSchema.safeParse(ctx.request.body);
  const entry = entries.get(uscc);
  if (!entry || !parsed.success) {
    ctx.status = entry ? 400 : 404;
    ctx.body = { error: entry ? 'not a change' : 'no such entry' };
    return;
  }
  const { status = entry.status, representative = entry.representative } = parsed.data;
  const { name = entry.name } = parsed.data;
  const changed = { ...entry, name, status, representative };
  entries.set(uscc, changed);
  notices.add(...noticesOf(entry, changed));
  const kept: Kept = { changed: [...entries.values()], notices: notices.all };
  if (file) await writeWhole(file, JSON.stringify(kept));
  ctx.body = changed;
}

/** Codes: 00 all agree, 01 the name does not, 02 no such code, 03 another representative. */
function answer(ctx: Context, entries: Map<string, RegisteredEntity>, { mode }: Faults): void {
  const parsed = questionSchema.safeParse(ctx.request.body);
  if (!parsed.success) {
    ctx.status = 400;
    ctx.body = { error: z.prettifyError(parsed.error) };
    return;
  }
  const { request_id, uscc, name, representative: asked } = parsed.data;
  const entry = mode === 'wrong' ? lieAbout(entries.get(uscc), parsed.data) : entries.get(uscc);
  if (!entry) {
    ctx.body = { request_id, uscc, code: '02', found: false };
    return;
  }
  const nameMatches = plain(entry.name) === plain(name);
  const { representative } = entry;
  const isRepresentative =
    representative.name === asked.name && representative.number === asked.certificate_number;
  ctx.body = {
    request_id,
    uscc: mode === 'contradictory' ? '91440000MA0DEMP04N' : uscc,
    code: nameMatches ? (isRepresentative ? '00' : '03') : '01',
    found: true,
    name_matches: nameMatches,
    representative_matches: isRepresentative,
    status: entry.status,
    subtype: entry.subtype,
    ...(nameMatches ? { name: entry.name } : {}),
  };
}

/** What stands under a code; whether somebody represents it, where somebody is named. */
function tell(ctx: Context, entries: Map<string, RegisteredEntity>, { mode }: Faults): void {
  const parsed = entryQuestionSchema.safeParse(ctx.request.body);
  if (!parsed.success) {
    ctx.status = 400;
    ctx.body = { error: z.prettifyError(parsed.error) };
    return;
  }
  const { request_id, uscc, representative: asked } = parsed.data;
  const entry = mode === 'wrong' ? undefined : entries.get(uscc);
  if (!entry) {
    ctx.body = { request_id, uscc, code: '02', found: false };
    return;
  }
  const { name, status, subtype, representative: has } = entry;
  const isRepresentative = has.name === asked?.name && has.number === asked.certificate_number;
  ctx.body = {
    request_id,
    uscc: mode === 'contradictory' ? '91440000MA0DEMP04N' : uscc,
    code: '00',
    found: true,
    name,
    status,
    subtype,
    ...(asked ? { representative_matches: isRepresentative } : {}),
  };
}

/** What there is, is not; what is not, belongs to whoever asks. */
function lieAbout(
  entry: RegisteredEntity | undefined,
  { uscc, name, representative: asked }: z.infer<typeof questionSchema>,
): RegisteredEntity | undefined {
  if (entry) return undefined;
  const representative = { name: asked.name, number: asked.certificate_number };
  return { uscc, name, representative, subtype: 'enterprise', status: 'in_operation' };
}

/** Brackets and spaces are typed in many ways. */
function plain(name: string): string {
  return name.normalize('NFKC').replaceAll(/\s/gu, '').toLowerCase();
}
