// A new peer, and the change of one: its registration as JSON, its secrets apart and never shown again.
import { z } from 'zod';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { FieldError } from '../../platform/http/view-locals.ts';
import { parseStrictJson } from '../../platform/strict-json.ts';
import { SYSTEM } from '../../roles/officer-power.ts';
import type { PeerProblem } from '../peer-problem.ts';
import type { PeerRecord } from '../peer-record.ts';
import { peerPath, peerPaths } from './peer-paths.ts';
import {
  adminFrame,
  administratorReading,
  administratorSending,
  isFresh,
  onlyWith,
  peerOrRefusal,
  refuse,
} from './peers-access.ts';
import type { Administrator, PeersConsoleDependencies } from './peers-access.ts';
import { peerParams } from './peers.routes.ts';
import type { PeerFormLocals } from './peers.views.ts';
import { registrationText } from './present-peer.ts';

const registrationBody = z.object({
  registration: z.string().max(50_000).default(''),
  client_secret: z.string().max(600).default(''),
  client_key: z.string().max(10_000).default(''),
});
type RegistrationBody = z.output<typeof registrationBody>;
/** The version that the form was made of. */
export const revision = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export function changePeerRoutes(deps: PeersConsoleDependencies): Route[] {
  const mayChange = (ctx: HttpContext, at: Administrator) =>
    onlyWith(deps, ctx, { at, roles: SYSTEM, reason: 'not_system' });
  return [
    defineRoute({
      method: 'GET',
      path: peerPaths.join,
      name: 'admin.peer_form',
      limiter: 'admin',
      async handle(ctx) {
        const at = await administratorReading(deps, ctx, { isFresh: true });
        if (at && (await mayChange(ctx, at))) showForm(ctx, { at, typed: TEMPLATE });
      },
    }),
    defineRoute({
      method: 'POST',
      path: peerPaths.join,
      name: 'admin.peer_join',
      limiter: 'admin',
      csrf: 'token',
      input: { body: registrationBody },
      async handle(ctx, { body }) {
        const at = await administratorSending(deps, ctx);
        if (at && (await mayChange(ctx, at))) await register(deps, ctx, { at, body, seen: 0 });
      },
    }),
    defineRoute({
      method: 'GET',
      path: peerPaths.change,
      name: 'admin.peer_change_form',
      limiter: 'admin',
      input: { params: peerParams },
      async handle(ctx, { params: { id } }) {
        const at = await administratorReading(deps, ctx, { isFresh: true });
        const isOne = at !== undefined && (await mayChange(ctx, at));
        const record = isOne ? await peerOrRefusal(deps, ctx, { at, id }) : undefined;
        if (at && record) showForm(ctx, { at, record, typed: registrationText(record) });
      },
    }),
    defineRoute({
      method: 'POST',
      path: peerPaths.change,
      name: 'admin.peer_change',
      limiter: 'admin',
      csrf: 'token',
      input: { params: peerParams, body: registrationBody.extend({ revision }) },
      async handle(ctx, { params: { id }, body }) {
        const at = await administratorSending(deps, ctx);
        const isOne = at !== undefined && (await mayChange(ctx, at));
        const record = isOne ? await peerOrRefusal(deps, ctx, { at, id }) : undefined;
        if (at && record) await register(deps, ctx, { at, record, body, seen: body.revision });
      },
    }),
  ];
}

/** To be filled in: complete in its names, with nothing in it that would be accepted as it stands. */
const TEMPLATE = JSON.stringify(
  {
    id: '',
    issuer: 'https://',
    names: { 'zh-CN': '', en: '' },
    kind: 'provinceHub',
    roles: ['upstream'],
    connection: { protocol: 'oidc', clientId: '', addresses: {}, settings: {} },
    clients: [],
    levelMap: {},
    levelCap: 2,
    strengthCap: 1,
    certificateTypeMap: {},
    attributeMap: {},
    notice: { 'zh-CN': '', en: '' },
  },
  null,
  2,
);

interface FormPage {
  at: Administrator;
  record?: PeerRecord | undefined;
  typed: string;
  /** The form was made of it; that of the record unless given. */
  seen?: number;
  problems?: readonly PeerProblem[];
  meanwhile?: string;
  errors?: readonly FieldError[];
  status?: number;
}

function showForm(ctx: HttpContext, page: FormPage): void {
  const { at, record, typed, problems = [], meanwhile, errors = [], status = 200 } = page;
  const { seen = record?.peer.revision } = page;
  const action = record ? peerPath(record.peer.id, 'change') : peerPaths.join;
  const locals: PeerFormLocals = {
    ...adminFrame(at),
    ...(record ? { peer: peerHead(record) } : {}),
    typed,
    held: record ? Object.keys(record.secrets) : [],
    problems: problems.map(({ field, code, values }) => ({
      field,
      words: { key: `peers.problem.${code}`, values },
    })),
    form: { action, ...(record ? { fields: { revision: String(seen) } } : {}) },
    backHref: record ? peerPath(record.peer.id) : peerPaths.peers,
    ...(meanwhile === undefined ? {} : { meanwhile }),
    ...(status === 401 ? { freshHref: action } : {}),
    errors,
  };
  ctx.render('admin/peer-form', locals, { status, isError: status >= 400 });
}

export function peerHead({ peer: { id, names } }: PeerRecord) {
  return { id, name: names['zh-CN'], href: peerPath(id) };
}

async function register(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
  of: { at: Administrator; record?: PeerRecord; body: RegistrationBody; seen: number },
): Promise<void> {
  const { at, record, body, seen } = of;
  const page: FormPage = { at, record, typed: body.registration, seen };
  if (!isFresh(deps, at)) {
    const errors = [{ key: 'admin.problem.not_fresh' }];
    return showForm(ctx, { ...page, errors, status: 401 });
  }
  const read = readBody(body, record?.peer.id);
  if ('errors' in read) return showForm(ctx, { ...page, errors: read.errors, status: 422 });
  const outcome = await deps.office.register(at.officer, read.input, seen);
  if (outcome.ok) {
    const { peer } = outcome.record;
    return redirect(ctx, `${peerPath(peer.id)}?done=${outcome.change}`);
  }
  if (outcome.reason === 'problems') {
    const { problems } = outcome;
    const errors = [wrong('admin.problem.registration', { count: problems.length })];
    return showForm(ctx, { ...page, problems, errors, status: 422 });
  }
  if (outcome.reason !== 'overtaken') return refuse(ctx, { at, reason: outcome.reason });
  await showConflict(deps, ctx, page);
}

/** Somebody else was first: both are shown, and sending again writes what was typed over it. */
async function showConflict(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
  page: FormPage,
): Promise<void> {
  if (!page.record) {
    const errors = [wrong('admin.problem.id_taken')];
    return showForm(ctx, { ...page, errors, status: 409 });
  }
  const { id } = page.record.peer;
  const record = await peerOrRefusal(deps, ctx, { at: page.at, id });
  if (!record) return;
  const meanwhile = registrationText(record);
  const errors = [{ key: 'admin.problem.overtaken' }];
  const seen = record.peer.revision;
  showForm(ctx, { ...page, record, seen, meanwhile, errors, status: 409 });
}

type ReadBody = { input: object } | { errors: FieldError[] };

/** The registration with the secrets that were typed beside it. */
function readBody(body: RegistrationBody, id: string | undefined): ReadBody {
  const parsed = parseStrictJson(body.registration);
  if (!parsed.ok) return { errors: [wrong('admin.problem.not_json')] };
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { errors: [wrong('admin.problem.not_object')] };
  }
  if ('clientSecret' in value || 'clientKey' in value) {
    return { errors: [wrong('admin.problem.secrets_apart')] };
  }
  if (id !== undefined && (!('id' in value) || value.id !== id)) {
    return { errors: [wrong('admin.problem.id_stays', { id })] };
  }
  const { client_secret: clientSecret, client_key: typedKey } = body;
  const key = typedKey.trim() === '' ? undefined : parseStrictJson(typedKey);
  if (key && !key.ok) {
    return { errors: [{ field: 'client-key', key: 'admin.problem.key_not_json' }] };
  }
  const secrets = {
    ...(clientSecret === '' ? {} : { clientSecret }),
    ...(key ? { clientKey: key.value } : {}),
  };
  return { input: { ...value, ...secrets } };
}

function wrong(key: string, values: Readonly<Record<string, string | number>> = {}): FieldError {
  return { field: 'registration', key, values };
}
