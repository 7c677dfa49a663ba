// The register of legal entities of the demonstration: answers whether a code, a name and a legal
// representative belong together, and lets whoever tries the city out change an entry:
// `PUT /entities/<code> {"status":"cancelled"}` or `{"representative":{"name":…,"number":…}}`.
import { bodyParser } from '@koa/bodyparser';
import type Koa from 'koa';
import type { Context } from 'koa';
import { z } from 'zod';
import { Faults } from '../faults.ts';
import { createRegisterApp, requireKey } from '../register-app.ts';
import type { RegisterPart } from '../run-register.ts';
import { registeredEntities, sampleEntities } from './companies.ts';
import type { RegisteredEntity } from './companies.ts';

export type LegalEntityRegisterDependencies = Omit<RegisterPart, 'port'> & {
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

const changeSchema = z.strictObject({
  status: z.enum(['in_operation', 'cancelled', 'revoked']).optional(),
  representative: z
    .strictObject({ name: z.string().min(1).max(100), number: z.string().min(1).max(50) })
    .optional(),
});

export function createLegalEntityRegister({ key, ...shell }: LegalEntityRegisterDependencies): Koa {
  const faults = new Faults();
  const entries = new Map(registeredEntities.map((entry) => [entry.uscc, entry]));
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
  return createRegisterApp({ ...shell, key: 'legalEntities' }, (router, pages) => {
    router.get('/', (ctx) => {
      const entities = sampleEntities.map(({ uscc }) => entries.get(uscc));
      pages.show(ctx, { page: 'legal-entities', entities, mode: faults.mode });
    });
    faults.addRoutes(router);
    router.put('/entities/:uscc', parseJson, (ctx) =>
      change(ctx, entries, String(ctx.params['uscc'])),
    );
    router.post('/check', requireKey(key), faults.guard, parseJson, (ctx) =>
      answer(ctx, entries, faults),
    );
  });
}

function change(ctx: Context, entries: Map<string, RegisteredEntity>, uscc: string): void {
  const parsed = changeSchema.safeParse(ctx.request.body);
  const entry = entries.get(uscc);
  if (!entry || !parsed.success) {
    ctx.status = entry ? 400 : 404;
    ctx.body = { error: entry ? 'not a change' : 'no such entry' };
    return;
  }
  const { status = entry.status, representative = entry.representative } = parsed.data;
  const changed = { ...entry, status, representative };
  entries.set(uscc, changed);
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
