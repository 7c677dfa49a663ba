// The register of legal entities of the demonstration: answers whether a code, a name and a legal
// representative belong together, and lets whoever tries the city out change an entry:
// `PUT /entities/<code> {"status":"cancelled"}` or `{"representative":{"name":…,"number":…}}`.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import Koa from 'koa';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { Pages, serveShell } from '../../pages/site-shell.ts';
import { Faults, refuseForeignHosts } from '../faults.ts';
import { registeredEntities, sampleEntities } from './companies.ts';
import type { RegisteredEntity } from './companies.ts';
import type { LegalEntitiesPart } from './legal-entities-part.ts';

export type LegalEntityRegisterDependencies = Omit<LegalEntitiesPart, 'port'> & {
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

export function createLegalEntityRegister(dependencies: LegalEntityRegisterDependencies): Koa {
  const { publicUrl, log } = dependencies;
  const shell = { key: 'legalEntities', publicUrl, formTargets: [] };
  const pages = new Pages(shell);
  const app = new Koa();
  app.use(refuseForeignHosts);
  app.use(serveShell(shell, pages, log));
  app.use(routes(dependencies, pages).routes() as Middleware);
  return app;
}

function routes({ key }: LegalEntityRegisterDependencies, pages: Pages): Router {
  const router = new Router();
  const faults = new Faults();
  const entries = new Map(registeredEntities.map((entry) => [entry.uscc, entry]));
  const emblem = readFileSync(new URL('../../inbox/emblem.svg', import.meta.url), 'utf8');
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
  router.get('/', (ctx) => {
    const entities = sampleEntities.map(({ uscc }) => entries.get(uscc));
    pages.show(ctx, { page: 'legal-entities', entities, mode: faults.mode });
  });
  router.get('/logo.svg', (ctx) => {
    ctx.type = 'image/svg+xml';
    ctx.body = emblem;
  });
  faults.addRoutes(router);
  router.put('/entities/:uscc', parseJson, (ctx) =>
    change(ctx, entries, String(ctx.params['uscc'])),
  );
  router.post('/check', requireKey(key), faults.guard, parseJson, (ctx) =>
    answer(ctx, entries, faults),
  );
  return router;
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

function requireKey(key: string): Middleware {
  const expected = digest(`Bearer ${key}`);
  return async (ctx, next) => {
    if (timingSafeEqual(digest(ctx.get('Authorization')), expected)) return next();
    ctx.status = 401;
    ctx.body = { error: 'the key of this register is needed as bearer token' };
  };
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
