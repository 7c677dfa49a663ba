// Addresses of the reviewers' console.

export const reviewPaths = {
  queue: '/review',
  next: '/review/next',
  figures: '/review/figures',
  help: '/review/help',
  case: '/review/cases/:id',
  claim: '/review/cases/:id/claim',
  release: '/review/cases/:id/release',
  decide: '/review/cases/:id/decide',
  undo: '/review/cases/:id/undo',
  askAgain: '/review/cases/:id/ask-again',
  look: '/review/cases/:id/look',
  reveal: '/review/cases/:id/reveal',
  secondLook: '/review/cases/:id/second-look',
  file: '/review/cases/:id/files/:file/:page',
} as const;

type CasePage = Extract<(typeof reviewPaths)[keyof typeof reviewPaths], `${string}:id${string}`>;

/** @param id of a case: twelve digits */
export function casePath(page: CasePage, id: string): string {
  return page.replace(':id', id);
}

export function queuePath(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
  const search = new URLSearchParams(given).toString();
  return search === '' ? reviewPaths.queue : `${reviewPaths.queue}?${search}`;
}
