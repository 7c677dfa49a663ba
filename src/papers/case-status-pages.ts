// The page that says how far a case is, and taking it back there. Who may see it, and what the page
// shows besides, is the caller's.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { applicationField } from './paper-files-pages.ts';
import type { Asked, Done } from './paper-files-pages.ts';
import type { CaseStatusLocals } from './papers.views.ts';

export interface CaseStatusPages<Person, Cause> {
  /** The routes are `<name>` and `<name>_withdraw`. */
  name: `${string}.review`;
  paths: { status: string; withdraw: string };
  /** Who may see it; undefined when it has been answered what is due. */
  who(ctx: HttpContext, does: 'reads' | 'sends'): Promise<Person | undefined>;
  /** What was sent; undefined when the person has been led to where that is. */
  causeOf(
    ctx: HttpContext,
    of: Asked<Person>,
    does: 'reads' | 'sends',
  ): Promise<Cause | undefined> | Cause;
  hrefOf(application: string): string;
  show(
    ctx: HttpContext,
    of: { person: Person; cause: Cause; errors: CaseStatusLocals['errors'] },
  ): Promise<void>;
  /** False when it was decided meanwhile. */
  takeBack(of: { person: Person; cause: Cause; address: string }): Promise<boolean>;
  /** Where the person goes then. */
  nextHref: string | ((cause: Cause) => string);
  confirm(ctx: HttpContext, of: Done<Person>): Promise<void> | void;
}

export function caseStatusRoutes<Person, Cause>(pages: CaseStatusPages<Person, Cause>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: pages.paths.status,
      name: pages.name,
      input: { query: z.object({ application: applicationField }) },
      async handle(ctx, { query: { application } }) {
        const person = await pages.who(ctx, 'reads');
        const cause = person && (await pages.causeOf(ctx, { person, application }, 'reads'));
        if (person && cause) await pages.show(ctx, { person, cause, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: pages.paths.withdraw,
      name: `${pages.name}_withdraw`,
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ application: applicationField }) },
      async handle(ctx, { body: { application } }) {
        const person = await pages.who(ctx, 'sends');
        if (!person) return;
        ctx.state.pageAddress = pages.hrefOf(application);
        const cause = await pages.causeOf(ctx, { person, application }, 'sends');
        if (!cause) return;
        if (await pages.takeBack({ person, cause, address: ctx.ip })) {
          const { nextHref } = pages;
          const page = typeof nextHref === 'string' ? nextHref : nextHref(cause);
          return pages.confirm(ctx, { person, page, notice: 'account.notice.review_withdrawn' });
        }
        const errors = [{ key: 'verification-review.status.too_late' }] as const;
        await pages.show(ctx, { person, cause, errors });
      },
    }),
  ];
}
