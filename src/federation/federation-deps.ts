// What the federation needs from other domains, as narrow as it uses it.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SparingLog } from '../audit/sparing-log.ts';
import type { FederationNotices } from '../notification/federation-notices.ts';
import type { PeerHealth } from '../peers/peer-health.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import type { SessionEnding } from '../sessions/session-ending.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { RecordProofDependencies } from '../verification/record-proof.ts';
import type { ArrivalStore } from './arrival-store.ts';
import type { ModeDirectory } from '../registration-mode/mode-directory.ts';
import type { NumberNeeds } from '../registration-mode/number-need-store.ts';
import type { IdentityCopyStore } from './identity-copy-store.ts';
import type { LinkStore } from './link-store.ts';
import type { UpstreamNoticeStore } from './upstream-notice-store.ts';
import type { UpstreamAdapters } from './upstream/upstream-adapters.ts';
import type { ResolveTrusted } from './upstream-peer.ts';
import type { UpstreamSignInStore } from './upstream-sign-in-store.ts';

/** Whom people may come from. */
export type PeerSource = Pick<
  PeerDirectory,
  'active' | 'allActive' | 'requireActive' | 'secretsOf' | 'find' | 'all' | 'onChange'
>;

export interface FederationDependencies extends RecordProofDependencies {
  peers: PeerSource;
  adapters: UpstreamAdapters;
  /** Absent where this platform is in no federation. */
  resolveTrusted: ResolveTrusted | undefined;
  /** Entities that officers here believe nothing any more; absent likewise. */
  deniedEntities: (() => Promise<string[]>) | undefined;
  accounts: RecordProofDependencies['accounts'] &
    Pick<
      AccountStore,
      'findById' | 'findByIdentity' | 'insert' | 'transaction' | 'setRealNameLevel' | 'shadow'
    >;
  arrivals: ArrivalStore;
  links: LinkStore;
  copies: IdentityCopyStore;
  mode: Pick<ModeDirectory, 'isOfShadows' | 'isOfShadowsNow'>;
  numberNeeds: Pick<NumberNeeds, 'of'>;
  upstreamSignIns: UpstreamSignInStore;
  upstreamNotices: UpstreamNoticeStore;
  desk: Pick<ReviewDesk, 'open' | 'drop'>;
  federationNotices: Pick<FederationNotices, 'changed'>;
  health: Pick<PeerHealth, 'run'>;
  sessions: Pick<SessionStore, 'keysOfUpstream'>;
  ending: Pick<SessionEnding, 'endAllOfUpstream' | 'endAllOfAccount'>;
  audit: AuditLog;
  /** For what anybody can bring about as often as they like. */
  refusals: SparingLog;
  database: Pick<Database, 'transaction'>;
  issuer: string;
  clock: Clock;
  random: Random;
  logger: Logger;
}
