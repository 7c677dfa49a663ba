// The page on which papers are sent one by one, and removed as long as they were not handed in. Who
// may, for what and on which page is the caller's; so is handing them in.
import { z } from 'zod';
import { confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Upload } from '../platform/http/multipart.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { PaperFiles, PaperPlace } from './paper-files.ts';
import type { PaperProblem } from './papers.views.ts';

export interface PaperFilesPages<Person, Cause, Slot extends string> {
  /** The routes are `<name>_files_page`, `<name>_upload` and `<name>_remove_file`. */
  name: `${string}.review`;
  limiter: 'verification' | 'recovery';
  paths: { files: string; removeFile: string };
  papers: PaperFiles<Slot>;
  /** Who may send papers; undefined when it has been answered what is due. */
  who(ctx: HttpContext, does: 'reads' | 'sends'): Promise<Person | undefined>;
  /** What they are sent for; undefined when the person has been led to where that is. */
  causeOf(ctx: HttpContext, of: Asked<Person>): Promise<Cause | undefined> | Cause;
  placeOf(of: Asked<Person>): Promise<PaperPlace> | PaperPlace;
  hrefOf(application: string): string;
  show(
    ctx: HttpContext,
    of: {
      person: Person;
      cause: Cause;
      errors: readonly FieldError<PaperProblem<Slot>>[];
      status?: number;
    },
  ): Promise<void>;
  /** Back on the page. */
  confirm(ctx: HttpContext, of: Done<Person>): Promise<void> | void;
}

/** `application`: as the address or the form names it; empty where none is named. */
export interface Asked<Person> {
  person: Person;
  application: string;
}

export interface Done<Person> {
  person: Person;
  page: string;
  notice: `account.notice.${'file_added' | 'file_removed' | 'review_sent' | 'review_withdrawn'}`;
}

/** For people who are signed in at the account centre. */
export function confirming(visitors: AccountDependencies) {
  return (ctx: HttpContext, { person: visitor, ...done }: Done<Visitor>) =>
    confirmOn(visitors, ctx, { visitor, ...done });
}

/** One file at a time: a slow line need not repeat what has arrived. */
const UPLOAD = { fileBytes: 10 * 1024 * 1024, files: 1 } as const;

export const applicationField = z.string().max(100).default('');

/** What every form has that hands papers in. */
export const handInFields = {
  remark: z.string().max(1000).default(''),
  consent: z.literal('yes').optional().catch(undefined),
};

export function paperFilesRoutes<Person, Cause, Slot extends string>(
  pages: PaperFilesPages<Person, Cause, Slot>,
): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: pages.paths.files,
      name: `${pages.name}_files_page`,
      input: { query: z.object({ application: applicationField }) },
      async handle(ctx, { query: { application } }) {
        const person = await pages.who(ctx, 'reads');
        const cause = person && (await pages.causeOf(ctx, { person, application }));
        if (person && cause) await pages.show(ctx, { person, cause, errors: [] });
      },
    }),
    uploadRoute(pages),
    defineRoute({
      method: 'POST',
      path: pages.paths.removeFile,
      name: `${pages.name}_remove_file`,
      limiter: pages.limiter,
      csrf: 'token',
      input: { body: z.object({ application: applicationField, file: z.string().max(50) }) },
      async handle(ctx, { body: { application, file } }) {
        const person = await pages.who(ctx, 'sends');
        if (!person) return;
        // Another's is as unknown as one that never was.
        const place = await pages.placeOf({ person, application });
        const isRemoved = await pages.papers.discard(file, place);
        if (!isRemoved) throw new AppError('not_found', { details: { what: 'evidence file' } });
        const page = `${pages.hrefOf(application)}#files-title`;
        await pages.confirm(ctx, { person, page, notice: 'account.notice.file_removed' });
      },
    }),
  ];
}

function uploadRoute<Person, Cause, Slot extends string>(
  pages: PaperFilesPages<Person, Cause, Slot>,
): Route {
  const slot = z.custom<Slot>((value) => pages.papers.slots.some((each) => each === value));
  return defineRoute({
    method: 'POST',
    path: pages.paths.files,
    name: `${pages.name}_upload`,
    limiter: 'upload',
    csrf: 'token',
    input: { body: z.object({ application: applicationField, slot }), upload: UPLOAD },
    admit: async (ctx) => (await pages.who(ctx, 'sends')) !== undefined,
    async handle(ctx, { body, upload }) {
      const { application } = body;
      const person = await pages.who(ctx, 'sends');
      if (!person) return;
      ctx.state.pageAddress = pages.hrefOf(application);
      const cause = await pages.causeOf(ctx, { person, application });
      if (cause) await add(pages, ctx, { person, application, cause, slot: body.slot, upload });
    },
  });
}

async function add<Person, Cause, Slot extends string>(
  pages: PaperFilesPages<Person, Cause, Slot>,
  ctx: HttpContext,
  of: Asked<Person> & { cause: Cause; slot: Slot; upload: Upload },
): Promise<void> {
  const { person, cause, slot, upload } = of;
  const refuse = (key: PaperProblem<Slot>, status = 422) =>
    pages.show(ctx, { person, cause, status, errors: [{ field: `file-${slot}`, key }] });
  if (upload.isTooLarge) return refuse('verification-review.problem.too_large', 413);
  const [file] = upload.files;
  if (!file) return refuse('verification-review.problem.no_file');
  const place = await pages.placeOf(of);
  const added = await pages.papers.add(place, { slot, address: ctx.ip }, file.bytes);
  if (!added.ok) return refuse(`verification-review.problem.${added.reason}`);
  // Down to where the person was: the slot says what has arrived.
  const page = `${pages.hrefOf(of.application)}#slot-${slot}`;
  await pages.confirm(ctx, { person, page, notice: 'account.notice.file_added' });
}
