// The test of a peer: a look at its addresses, or a dry run of a sample answer. One that goes well counts.
import { z } from 'zod';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { FieldError } from '../../platform/http/view-locals.ts';
import { parseStrictJson } from '../../platform/strict-json.ts';
import { dryRun } from '../dry-run.ts';
import { EITHER } from '../../roles/officer-power.ts';
import type { PeerRecord } from '../peer-record.ts';
import { peerHead, revision } from './change-peer.routes.ts';
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
import type { PeerTestLocals } from './peers.views.ts';

const testBody = z.object({
  revision,
  kind: z.enum(['look', 'sample']),
  sample: z.string().max(50_000).default(''),
});

export function testPeerRoutes(deps: PeersConsoleDependencies): Route[] {
  const mayTest = (ctx: HttpContext, at: Administrator) =>
    onlyWith(deps, ctx, { at, roles: EITHER, reason: 'not_administrator' });
  return [
    defineRoute({
      method: 'GET',
      path: peerPaths.test,
      name: 'admin.peer_test_form',
      limiter: 'admin',
      input: { params: peerParams },
      async handle(ctx, { params: { id } }) {
        const at = await administratorReading(deps, ctx, { isFresh: true });
        const isOne = at !== undefined && (await mayTest(ctx, at));
        const record = isOne ? await peerOrRefusal(deps, ctx, { at, id }) : undefined;
        if (at && record) showTest(ctx, { at, record });
      },
    }),
    defineRoute({
      method: 'POST',
      path: peerPaths.test,
      name: 'admin.peer_test',
      limiter: 'admin',
      csrf: 'token',
      input: { params: peerParams, body: testBody },
      async handle(ctx, { params: { id }, body }) {
        const at = await administratorSending(deps, ctx);
        const isOne = at !== undefined && (await mayTest(ctx, at));
        const record = isOne ? await peerOrRefusal(deps, ctx, { at, id }) : undefined;
        if (at && record) await test(deps, ctx, { at, record, body });
      },
    }),
  ];
}

interface TestPage {
  at: Administrator;
  record: PeerRecord;
  sample?: string;
  result?: PeerTestLocals['result'];
  isRecorded?: boolean;
  errors?: readonly FieldError[];
  status?: number;
}

function showTest(ctx: HttpContext, page: TestPage): void {
  const { at, record, sample = '', result, isRecorded = false, errors = [], status = 200 } = page;
  const { id, revision: seen } = record.peer;
  const action = peerPath(id, 'test');
  ctx.render(
    'admin/peer-test',
    {
      ...adminFrame(at),
      peer: peerHead(record),
      sample,
      form: { action, fields: { revision: String(seen) } },
      ...(result ? { result } : {}),
      isRecorded,
      ...(status === 401 ? { freshHref: action } : {}),
      errors,
    },
    { status, isError: status >= 400 },
  );
}

async function test(
  deps: PeersConsoleDependencies,
  ctx: HttpContext,
  of: { at: Administrator; record: PeerRecord; body: z.output<typeof testBody> },
): Promise<void> {
  const { at, record, body } = of;
  const { sample } = body;
  const page: TestPage = { at, record, sample };
  if (!isFresh(deps, at)) {
    const errors = [{ key: 'admin.problem.not_fresh' }];
    return showTest(ctx, { ...page, errors, status: 401 });
  }
  const made = await (body.kind === 'look'
    ? lookAt(deps, record)
    : runSample(deps, record, sample));
  if ('errors' in made) return showTest(ctx, { ...page, errors: made.errors, status: 422 });
  const { result, isGood } = made;
  if (!isGood) return showTest(ctx, { ...page, result, status: 422 });
  const outcome = await deps.office.tested(at.officer, record.peer.id, body.revision);
  if (!outcome.ok) {
    const onwardHref = peerPath(record.peer.id, 'test');
    return refuse(ctx, { at, reason: outcome.reason, onwardHref });
  }
  showTest(ctx, { ...page, record: outcome.record, result, isRecorded: true });
}

type Made =
  | { result: NonNullable<PeerTestLocals['result']>; isGood: boolean }
  | { errors: FieldError[] };

async function lookAt(deps: PeersConsoleDependencies, { peer }: PeerRecord): Promise<Made> {
  const found = await deps.look(peer);
  await deps.sightings.note(peer.id, found);
  const problems = found.problems.map(({ code, values }) => ({
    key: `peers.look.${code}`,
    values,
  }));
  return { result: { kind: 'look', problems }, isGood: problems.length === 0 };
}

function runSample(
  { readSample }: PeersConsoleDependencies,
  { peer }: PeerRecord,
  sample: string,
): Made {
  const parsed = parseStrictJson(sample);
  if (!parsed.ok) return { errors: [{ field: 'sample', key: 'admin.problem.sample_not_json' }] };
  const outcome = dryRun(readSample, peer, parsed.value);
  if (outcome.ok) return { result: { kind: 'sample', run: outcome.run }, isGood: true };
  const values = { fields: outcome.problems.join(', ') };
  const words = { key: `peers.dry_run.${outcome.reason}`, values };
  return { result: { kind: 'refused', words }, isGood: false };
}
