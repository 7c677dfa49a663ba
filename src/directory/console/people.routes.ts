// The people of a department and of those below it: by department, by a search, page by page.
import { z } from 'zod';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { StaffEntry } from '../staff-entry.ts';
import { administratorReading, departmentsFrame, refuse } from './departments-access.ts';
import type { Administrator, DepartmentsDependencies } from './departments-access.ts';
import { departmentsDone } from './departments.views.ts';
import { departmentPaths, peoplePath } from './department-paths.ts';
import {
  departmentChoices,
  departmentTree,
  isFound,
  ownPart,
  presentPerson,
} from './present-person.ts';

const PAGE_SIZE = 30;
const MOST_PAGES = 2000;

const peopleQuery = z.strictObject({
  department: z.string().max(64).default(''),
  search: z.string().max(100).default(''),
  page: z.coerce.number().int().min(1).max(MOST_PAGES).default(1),
  done: z.enum(departmentsDone).optional(),
});
type PeopleQuery = z.output<typeof peopleQuery>;

export function peopleRoutes(deps: DepartmentsDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: departmentPaths.people,
      name: 'departments.people',
      limiter: 'departments',
      input: { query: peopleQuery },
      async handle(ctx, { query }) {
        const at = await administratorReading(deps, ctx);
        if (at) await showPeople(deps, ctx, { at, query });
      },
    }),
  ];
}

async function showPeople(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, query }: { at: Administrator; query: PeopleQuery },
): Promise<void> {
  const { department, page } = query;
  const search = query.search.trim();
  const part = ownPart(await deps.reader.departmentList(at.by));
  if (department !== '' && !part.has(department)) {
    return refuse(deps, ctx, { at, reason: 'not_here' });
  }
  const within = department === '' ? at.by.within : [department];
  const found = await peopleOf(deps, { within, search, page });
  const isLast = found.entries.length <= PAGE_SIZE;
  const here = { department, search };
  ctx.render('departments/people', {
    ...departmentsFrame(at, query.done),
    tree: departmentTree(part, department),
    departments: departmentChoices(part),
    chosen: department,
    search,
    people: found.entries.slice(0, PAGE_SIZE).map((entry) => presentPerson(entry, part)),
    ...(found.total === undefined ? {} : { total: found.total }),
    ...(isLast ? {} : { nextHref: peoplePath({ ...here, page: String(page + 1) }) }),
    ...(page === 1 ? {} : { firstHref: peoplePath(here) }),
    joinHref: departmentPaths.join,
  });
}

/** One more than a page holds, where there is a next one. */
async function peopleOf(
  { reader }: DepartmentsDependencies,
  { within, search, page }: { within: readonly string[]; search: string; page: number },
): Promise<{ entries: StaffEntry[]; total?: number }> {
  const skip = (page - 1) * PAGE_SIZE;
  if (search === '') return reader.staffPage({ within }, { skip, limit: PAGE_SIZE + 1 });
  const entries: StaffEntry[] = [];
  let found = 0;
  // Names lie sealed: a search opens each entry of the part.
  for await (const entry of reader.eachStaff({ within })) {
    if (!isFound(entry, search)) continue;
    found += 1;
    if (found > skip) entries.push(entry);
    if (entries.length > PAGE_SIZE) break;
  }
  return { entries };
}
