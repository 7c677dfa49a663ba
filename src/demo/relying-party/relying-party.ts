// One relying party of the demonstration: what a department's developer would write with koa and
// openid-client. The three sites differ by `sites.ts`, their words and their pages only.
import Koa from 'koa';
import type { Middleware } from 'koa';
import { Pages, serveShell } from '../pages/site-shell.ts';
import { IdentityProvider } from './identity-provider.ts';
import { LocalSessions } from './local-sessions.ts';
import { SeenTokenIds } from './logout-token.ts';
import { PendingSignIns } from './pending-sign-ins.ts';
import { backChannelRoutes } from './back-channel.routes.ts';
import { frontChannelRoutes } from './front-channel.routes.ts';
import { mandateEventRoutes } from './mandate-events.routes.ts';
import { pageRoutes } from './pages.routes.ts';
import type { RelyingParty, RelyingPartySettings } from './party.ts';
import { signInRoutes } from './sign-in.routes.ts';
import { sites } from './sites.ts';

export function createRelyingParty(
  settings: RelyingPartySettings,
  log: (line: object) => void,
): Koa {
  const shell = {
    key: settings.site,
    publicUrl: settings.publicUrl,
    formTargets: [new URL(settings.issuer).origin],
  };
  const party: RelyingParty = {
    site: sites[settings.site],
    settings,
    provider: new IdentityProvider(settings),
    sessions: new LocalSessions(),
    pending: new PendingSignIns(),
    seenTokenIds: new SeenTokenIds(),
    pages: new Pages(shell),
    log,
  };
  const app = new Koa();
  app.use(serveShell(shell, party.pages, log));
  for (const routes of allRoutes(party)) app.use(routes);
  return app;
}

function allRoutes(party: RelyingParty): Middleware[] {
  return [
    pageRoutes(party).routes(),
    signInRoutes(party).routes(),
    backChannelRoutes(party).routes(),
    frontChannelRoutes(party).routes(),
    mandateEventRoutes(party).routes(),
  ] as Middleware[];
}
