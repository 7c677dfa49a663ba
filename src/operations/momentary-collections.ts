// Collections of what lets somebody in for a while: a restore must not bring it back to life.
// What only forbids (spent marks, budgets) is kept. A test of the command classes every collection.

export const momentaryCollections = [
  'accountMerges',
  'accountSessions',
  'bankTransfers',
  'childApplications',
  'contactCodes',
  'entityApplications',
  'entityChallenges',
  'faceRequests',
  'mandateInvitations',
  'networkRequests',
  'oidcArtefacts',
  'oidcGrants',
  'licenceRequests',
  'linkTokens',
  'parkedRequests',
  'passkeyChallenges',
  'pendingRecoveries',
  'recoveries',
  'reviewAccess',
  'sessions',
  'signUps',
  'stockMigrations',
] as const;
