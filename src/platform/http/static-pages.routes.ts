// Pages that say the same to everyone: start, help, privacy notice, accessibility statement.
import { defineRoute } from './route.ts';
import type { Route } from './route.ts';
import type { ViewName } from './view-locals.ts';

const PAGES = {
  '/': 'platform/index',
  '/help': 'platform/help',
  '/privacy': 'platform/privacy',
  '/accessibility': 'platform/accessibility',
} as const satisfies Record<string, ViewName>;

export const staticPageRoutes: readonly Route[] = Object.entries(PAGES).map(([path, view]) =>
  defineRoute({
    method: 'GET',
    path,
    name: view.replace('/', '.'),
    handle(ctx) {
      ctx.render(view, {});
    },
  }),
);
