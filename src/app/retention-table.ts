// Every collection with data of people: how long it is kept, on what ground, and what removes it. A
// test knows every collection of the database; one that is missing here fails it.
import type { Config } from '../platform/config.ts';
import type { RetentionDays, RetentionPeriod, RetentionRule } from '../privacy/retention-rule.ts';

type Kind = Pick<RetentionRule, 'kind' | 'ground'> & {
  collections: readonly string[];
  period: RetentionPeriod;
};

const HOURS_OF_SESSION = 36;

const ofAccount = (kind: string, ground: Kind['ground'], collections: readonly string[]) =>
  ({ kind, ground, collections, period: 'account', removal: { by: 'account' } }) as const;

const byIndex = (field: string, kind: Kind): RetentionRule => ({
  ...kind,
  removal: { by: 'index', field },
});

const shortLived: readonly RetentionRule[] = [
  ...(
    [
      ['sign_ups', 'signUps', { minutes: 40 }],
      ['recoveries', 'recoveries', { minutes: 40 }],
      ['pending_recoveries', 'pendingRecoveries', { days: 38 }],
      ['ended_merges', 'accountMerges', { days: 180 }],
      ['stock_migrations', 'stockMigrations', { minutes: 70 }],
      ['tokens', 'oidcArtefacts', { days: 31 }],
      ['grants', 'oidcGrants', { days: 31 }],
      ['role_requests', 'roleRequests', { days: 30 }],
      ['handler_requests', 'mandateRequests', { days: 210 }],
      ['recognition_entries', 'recognitionEntries', { days: 430 }],
      ['parked_requests', 'parkedRequests', { minutes: 1 }],
      ['sessions', 'sessions', { hours: HOURS_OF_SESSION }],
      ['centre_sessions', 'accountSessions', { hours: 13 }],
    ] as const
  ).map(([kind, collection, period]) =>
    byIndex('purgeAt', { kind, collections: [collection], period, ground: 'service' }),
  ),
  ...(
    [
      ['contact_codes', 'contactCodes', { hours: 1 }, 'service'],
      ['link_tokens', 'linkTokens', { days: 7 }, 'security'],
      ['passkey_challenges', 'passkeyChallenges', { minutes: 5 }, 'security'],
      ['devices', 'knownDevices', { days: 180 }, 'security'],
      ['budgets', 'attemptBudgets', { days: 31 }, 'security'],
      ['face_requests', 'faceRequests', { hours: 1 }, 'service'],
      ['network_requests', 'networkRequests', { hours: 1 }, 'service'],
      ['review_drafts', 'reviewDrafts', { days: 7 }, 'service'],
      ['source_answers', 'sourceAnswers', { days: 90 }, 'security'],
      ['review_access', 'reviewAccess', { minutes: 30 }, 'security'],
      ['licence_requests', 'licenceRequests', { minutes: 5 }, 'service'],
      ['bank_transfers', 'bankTransfers', { days: 3 }, 'service'],
      ['entity_challenges', 'entityChallenges', { minutes: 20 }, 'security'],
      ['entity_sign_ins', 'entitySignIns', { days: 30 }, 'security'],
      ['federation_arrivals', 'federationArrivals', { minutes: 30 }, 'service'],
      ['upstream_identity_copies', 'upstreamIdentityCopies', { hours: 12 }, 'service'],
      ['upstream_sign_ins', 'upstreamSignIns', { days: 31 }, 'security'],
      ['entity_applications', 'entityApplications', { days: 7 }, 'service'],
      ['qualification_drafts', 'qualifications', { days: 7 }, 'service'],
      ['child_applications', 'childApplications', { days: 180 }, 'service'],
      ['mandate_imports', 'mandateImports', { days: 30 }, 'proof'],
      ['mandate_import_rows', 'mandateImportRows', { days: 30 }, 'proof'],
      ['invitations', 'mandateInvitations', { days: 37 }, 'service'],
      ['messages', 'messageOutbox', { days: 30 }, 'service'],
      ['logouts', 'logoutOutbox', { days: 30 }, 'service'],
      ['mandate_events', 'mandateEventOutbox', { days: 30 }, 'service'],
      ['recognition_conflicts', 'recognitionConflicts', { days: 180 }, 'proof'],
      ['account_events', 'accountEventOutbox', { days: 30 }, 'service'],
    ] as const
  ).map(([kind, collection, period, ground]) =>
    byIndex('expiresAt', { kind, collections: [collection], period, ground }),
  ),
  byIndex('expire', {
    kind: 'addresses',
    collections: ['routeBudgets'],
    period: { days: 1 },
    ground: 'security',
  }),
];

const ended: readonly RetentionRule[] = [
  {
    kind: 'ended_evidence',
    collections: ['evidence'],
    period: { setting: 'HUTONG_CLOSED_CASE_DAYS' },
    ground: 'proof',
    removal: {
      by: 'work',
      past: [{ field: 'revokedAt' }, { field: 'expiresAt', where: { isSettled: true } }],
    },
  },
  {
    kind: 'closed_cases',
    collections: ['reviewCases'],
    period: { setting: 'HUTONG_CLOSED_CASE_DAYS' },
    ground: 'proof',
    removal: { by: 'work', past: [{ field: 'closedAt', where: { state: 'closed' } }] },
  },
  {
    kind: 'ended_mandates',
    collections: ['mandates'],
    period: { setting: 'HUTONG_CLOSED_CASE_DAYS' },
    ground: 'proof',
    // A term that is over ends a mandate, whether or not anybody has marked it since.
    removal: { by: 'work', past: [{ field: 'endedAt' }, { field: 'expiresAt' }] },
  },
  {
    kind: 'ended_qualifications',
    collections: ['qualifications'],
    period: { setting: 'HUTONG_CLOSED_CASE_DAYS' },
    ground: 'proof',
    removal: { by: 'work', past: [{ field: 'endedAt' }] },
  },
  {
    kind: 'ended_links',
    collections: ['federatedLinks'],
    period: { setting: 'HUTONG_CLOSED_CASE_DAYS' },
    ground: 'proof',
    removal: { by: 'work', past: [{ field: 'endedAt' }] },
  },
  {
    kind: 'displaced_identities',
    collections: ['identityCases'],
    period: { setting: 'HUTONG_CLOSED_CASE_DAYS' },
    ground: 'proof',
    removal: {
      by: 'work',
      past: [{ field: 'at', where: { kind: 'displaced', isEnding: { $exists: false } } }],
    },
  },
  {
    kind: 'unclaimed_accounts',
    collections: ['stockAccounts'],
    period: { setting: 'HUTONG_UNCLAIMED_DAYS' },
    ground: 'service',
    removal: { by: 'work', past: [{ field: 'importedAt', where: { state: 'imported' } }] },
  },
  {
    kind: 'unclaimed_passwords',
    collections: ['stockAccounts'],
    period: 'source',
    ground: 'service',
    removal: { by: 'own' },
  },
  {
    kind: 'evidence_files',
    collections: ['evidenceFiles', 'evidencePages.files', 'evidencePages.chunks'],
    period: { setting: 'HUTONG_EVIDENCE_FILE_DAYS' },
    ground: 'proof',
    removal: { by: 'own' },
  },
  {
    kind: 'closed_accounts',
    collections: ['closedAccounts'],
    period: { setting: 'HUTONG_CLOSED_KEPT_DAYS' },
    ground: 'proof',
    removal: { by: 'own' },
  },
  {
    kind: 'recognition_registrations',
    collections: ['recognitionRegistrations'],
    period: 'account',
    ground: 'service',
    // Only when the hub has removed the entry too.
    removal: { by: 'own' },
  },
  {
    kind: 'audit',
    collections: ['auditRecords'],
    period: { setting: 'HUTONG_AUDIT_DAYS' },
    ground: 'logs',
    removal: { by: 'command' },
  },
];

export const retentionTable: readonly RetentionRule[] = [
  ofAccount('accounts', 'service', ['accounts', 'entityRecords', 'staffEntries', 'stockAccounts']),
  ofAccount('ways_in', 'security', [
    'passwordCredentials',
    'totpCredentials',
    'passkeyCredentials',
    'recoveryCodes',
  ]),
  ofAccount('proofs', 'proof', [
    'evidence',
    'mandates',
    'qualifications',
    'federatedLinks',
    'wards',
    'identityCases',
    'agreementAcceptances',
  ]),
  ofAccount('consents', 'service', ['consents', 'accountViews', 'identitySuggestions']),
  ...ended,
  ...shortLived,
];

/** Keys, clients, counters and marks: nothing of people but, in some, the id of an account. */
export const impersonalCollections = [
  'accountEndings',
  'accountSpentTokens',
  'accountWriteFence',
  'auditSealer',
  'auditSeals',
  'clients',
  'compromisedFederationKeys',
  'compromisedRelyingPartyKeys',
  'compromisedSigningKeys',
  'counters',
  'dataKeyRotationLock',
  'dataKeys',
  'departmentTree',
  'staffSync',
  'departments',
  'entityRegisterState',
  'federationAnchors',
  'federationChains',
  'federationDenials',
  'federationKeys',
  'federationSubordinates',
  'keyringState',
  'liveProcesses',
  'migrationLease',
  'migrations',
  'peerSightings',
  'peers',
  'recognitionBuckets',
  'recognitionHub',
  'recognitionKeys',
  'recognitionMarks',
  'recognitionPlatforms',
  'recognitionProposals',
  'recognitionReports',
  'recognitionSpent',
  'recognitionTurns',
  'registrationMode',
  'registrationModePlans',
  'recognitionUsage',
  'receivedEvents',
  'relyingPartyKeys',
  'retentionTurns',
  'signingKeys',
  'sourceUsage',
  'spentProofs',
  'upstreamNotices',
] as const;

export function retentionDays(
  config: Pick<Config, 'audit' | 'closing' | 'retention' | 'evidenceFiles'>,
): RetentionDays {
  return {
    HUTONG_AUDIT_DAYS: config.audit.keptDays,
    HUTONG_CLOSED_KEPT_DAYS: config.closing.closedKeptDays,
    HUTONG_CLOSED_CASE_DAYS: config.retention.closedCaseDays,
    HUTONG_UNCLAIMED_DAYS: config.retention.unclaimedDays,
    HUTONG_EVIDENCE_FILE_DAYS: config.evidenceFiles.keptDays,
  };
}
