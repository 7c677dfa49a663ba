// What the licence platform of the demonstration answers: to the city, and to who presents a licence.
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Pages } from '../../pages/site-shell.ts';
import type { Faults } from '../faults.ts';
import { registeredEntities } from '../legal-entities/companies.ts';
import { registeredPeople } from '../people.ts';
import { requireKey } from '../register-app.ts';
import { licenceHolderRoles, licenceRequestSchema, presentationSchema } from './licence-service.ts';
import type { LicenceService } from './licence-service.ts';

type Parts = { readonly service: LicenceService; readonly pages: Pages; readonly faults: Faults };

export function addLicenceRoutes(router: Router, { key, ...parts }: Parts & { key: string }): void {
  const { faults, service } = parts;
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
  const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '4kb' });
  router.get('/licence/jwks', async (ctx) => {
    ctx.body = { keys: [await service.publicJwk()] };
  });
  router.post('/licence/requests', requireKey(key), faults.guard, parseJson, (ctx) => {
    const parsed = licenceRequestSchema.safeParse(ctx.request.body);
    ctx.status = parsed.success ? 201 : 400;
    ctx.body = parsed.success ? { handle: service.begin(parsed.data) } : { error: 'not a request' };
  });
  router.get('/licence/requests/:handle/result', requireKey(key), faults.guard, (ctx) =>
    giveResult(ctx, parts),
  );
  router.get('/licence/present', (ctx) => showForm(ctx, parts));
  router.post('/licence/present', parseForm, (ctx) => decide(ctx, parts));
}

async function giveResult(ctx: Context, { service, faults }: Parts): Promise<void> {
  const handle = String(ctx['params']['handle']);
  const request = service.find(handle);
  if (!request) {
    ctx.status = 404;
    ctx.body = { error: 'no such request' };
    return;
  }
  const { presentation } = request;
  if (presentation?.decision !== 'present') {
    ctx.body = { state: presentation ? 'declined' : 'waiting' };
    return;
  }
  const lies = { wrong: 'forged', contradictory: 'mixed' } as const;
  const lie =
    faults.mode === 'wrong' || faults.mode === 'contradictory' ? lies[faults.mode] : undefined;
  ctx.body = { state: 'presented', result: await service.sign(handle, request, lie) };
}

function showForm(ctx: Context, { service, pages }: Parts): void {
  const handle = String(ctx.query['request'] ?? '');
  const request = service.open(handle);
  if (!request) {
    pages.show(ctx, { page: 'problem', status: 404, problem: 'not_found' });
    return;
  }
  pages.show(ctx, {
    page: 'licence-present',
    handle,
    number: request.number,
    entities: registeredEntities,
    people: registeredPeople,
    roles: licenceHolderRoles,
  });
}

function decide(ctx: Context, { service, pages }: Parts): void {
  const parsed = presentationSchema.safeParse(ctx.request.body);
  const request = parsed.success ? service.open(parsed.data.request) : undefined;
  const isKnown =
    parsed.success &&
    registeredEntities.some(({ uscc }) => uscc === parsed.data.uscc) &&
    registeredPeople.some(({ number }) => number === parsed.data.presenter);
  if (!request || !isKnown) {
    pages.show(ctx, { page: 'problem', status: 404, problem: 'not_found' });
    return;
  }
  request.presentation = parsed.data;
  pages.show(ctx, { page: 'licence-presented', decision: parsed.data.decision });
}
