// The export of an account: a file for programs and a page for people, after a fresh sign-in with all
// that the account has. The person is told, because whoever takes a copy takes everything.
import { Readable } from 'node:stream';
import { z } from 'zod';
import { accountFrame, visitorOrExplanation, visitorOrSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths } from '../account/account-paths.ts';
import type { GuardedPage } from '../account/account-paths.ts';
import { isGuardProven } from '../account/fresh-sign-in.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { exportDocument } from './export-file.ts';
import type { ExportRow, ExportSection, ExportValue } from './export-section.ts';
import type { ExportFieldView, ExportSectionView } from './privacy.views.ts';

/** See the account centre. */
export type ProvenPageOf = (of: {
  page: GuardedPage;
  name: string;
  show(deps: AccountDependencies, ctx: HttpContext, of: { visitor: Visitor }): Promise<void>;
}) => Route;

export interface ExportPageDependencies {
  visitors: AccountDependencies;
  audit: AuditLog;
  sections: readonly ExportSection[];
  provenPage: ProvenPageOf;
}

const MAX_SHOWN_ROWS = 200;

export function exportRoutes(deps: ExportPageDependencies): Route[] {
  const { visitors } = deps;
  return [
    deps.provenPage({ page: accountPaths.export, name: 'privacy.export', show: showExport }),
    defineRoute({
      method: 'POST',
      path: accountPaths.downloadExport,
      name: 'privacy.download_export',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor && (await mayExport(visitors, ctx, visitor))) {
          await download(deps, ctx, visitor);
        }
      },
    }),
    defineRoute({
      method: 'GET',
      path: accountPaths.readExport,
      name: 'privacy.read_export',
      limiter: 'enrolment',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (visitor && (await mayExport(visitors, ctx, visitor))) await read(deps, ctx, visitor);
      },
    }),
  ];
}

/** True, or the person is led to the page that says what is due. */
async function mayExport(
  deps: AccountDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<boolean> {
  if (await isGuardProven(deps, visitor)) return true;
  redirect(ctx, accountPaths.export);
  return false;
}

async function showExport(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor }: { visitor: Visitor },
): Promise<void> {
  ctx.render('privacy/export', {
    ...(await accountFrame(deps, visitor)),
    downloadForm: { action: accountPaths.downloadExport },
    readHref: accountPaths.readExport,
    backHref: accountPaths.privacy,
  });
}

async function download(
  deps: ExportPageDependencies,
  ctx: HttpContext,
  { account }: Visitor,
): Promise<void> {
  const { visitors, sections } = deps;
  await note(deps, ctx, { accountId: account.id, form: 'file' });
  await visitors.notices.dataExported(account.id);
  const exportedAt = visitors.clock.now();
  const reader = { locale: ctx.state.locale };
  const head = { issuer: visitors.issuer, exportedAt };
  ctx.set('Content-Disposition', `attachment; filename="account-${dateOf(exportedAt)}.json"`);
  ctx.type = 'application/json; charset=utf-8';
  // What breaks on the way ends the connection, so that half a copy is not taken for a whole one.
  ctx.body = Readable.from(exportDocument(sections, { account, reader, head }));
}

async function read(
  deps: ExportPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  await note(deps, ctx, { accountId: visitor.account.id, form: 'page' });
  await deps.visitors.notices.dataExported(visitor.account.id);
  const sections: ExportSectionView[] = [];
  for (const section of deps.sections) sections.push(await shown(section, visitor, ctx));
  ctx.render('privacy/read-export', {
    ...(await accountFrame(deps.visitors, visitor)),
    at: deps.visitors.clock.now(),
    sections,
    backHref: accountPaths.export,
  });
}

async function note(
  { audit }: ExportPageDependencies,
  ctx: HttpContext,
  { accountId, form }: { accountId: string; form: 'file' | 'page' },
): Promise<void> {
  const event = { actor: accountId, address: ctx.ip, result: 'done', reason: form } as const;
  await audit.record({ type: 'privacy.exported', ...event });
}

async function shown(
  { name, rows }: ExportSection,
  { account }: Visitor,
  ctx: HttpContext,
): Promise<ExportSectionView> {
  const views: ExportFieldView[][] = [];
  for await (const row of await rows(account, { locale: ctx.state.locale })) {
    if (views.length === MAX_SHOWN_ROWS) return { name, rows: views, isCut: true };
    views.push(fieldsOf(row, ctx));
  }
  return { name, rows: views, isCut: false };
}

function fieldsOf(row: ExportRow, ctx: HttpContext): ExportFieldView[] {
  return Object.entries(row).flatMap(([name, value]) => {
    const view = valueView(value, ctx);
    return view === undefined ? [] : [{ name, value: view }];
  });
}

function valueView(value: ExportValue, ctx: HttpContext): ExportFieldView['value'] | undefined {
  if (value === undefined || value === '') return undefined;
  if (value instanceof Date) return value;
  if (typeof value === 'boolean') return { key: `privacy-export.${value ? 'yes' : 'no'}` };
  if (typeof value !== 'object') return String(value);
  if ('code' in value) return { key: value.words };
  return value.length > 0 ? value.join(ctx.t('layout.list_separator')) : undefined;
}

/** In the time of the country's only zone, as everywhere. */
function dateOf(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}
