// Addresses of the pages for administrators of departments.

export const departmentPaths = {
  people: '/departments',
  join: '/departments/new',
  person: '/departments/people/:id',
  change: '/departments/people/:id/change',
  step: '/departments/people/:id/:step',
} as const;

/** What is asked for once more before it is done. */
export const personSteps = ['suspend', 'resume', 'end', 'invite', 'password'] as const;
export type PersonStep = (typeof personSteps)[number];

export function personPath(id: string, page?: PersonStep | 'change'): string {
  const path = departmentPaths.person.replace(':id', id);
  return page === undefined ? path : `${path}/${page}`;
}

export function peoplePath(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
  const search = new URLSearchParams(given).toString();
  return search === '' ? departmentPaths.people : `${departmentPaths.people}?${search}`;
}
