// What the routes of a relying party work with, and the settings it is started with.
import type { ClientRegistration } from '../demo-clients.ts';
import type { Pages } from '../pages/site-shell.ts';
import type { DepartmentKey } from '../secrets.ts';
import type { IdentityProvider } from './identity-provider.ts';
import type { LocalSessions } from './local-sessions.ts';
import type { SeenTokenIds } from './logout-token.ts';
import type { PendingSignIns } from './pending-sign-ins.ts';
import type { Site, SiteKey } from './sites.ts';

export type RelyingPartySettings = {
  readonly site: SiteKey;
  readonly issuer: string;
  readonly publicUrl: string;
  readonly registration: ClientRegistration;
  readonly privateKey: DepartmentKey | undefined;
  readonly links: SiteLinks;
};

/** Addresses of the other systems, for the links between them. */
export type SiteLinks = {
  readonly portal: string;
  readonly department: string;
  readonly serviceHall: string;
  readonly account: string;
};

export type RelyingParty = {
  readonly site: Site;
  readonly settings: RelyingPartySettings;
  readonly provider: IdentityProvider;
  readonly sessions: LocalSessions;
  readonly pending: PendingSignIns;
  readonly seenTokenIds: SeenTokenIds;
  readonly pages: Pages;
  readonly log: (line: object) => void;
};
