// What the library keeps in one collection, and how its kinds differ there.

export type ArtefactModel =
  | 'AccessToken'
  | 'AuthorizationCode'
  | 'RefreshToken'
  | 'ClientCredentials'
  | 'DeviceCode'
  | 'PushedAuthorizationRequest'
  | 'ReplayDetection'
  | 'Interaction'
  | 'InitialAccessToken'
  | 'RegistrationAccessToken'
  | 'BackchannelAuthenticationRequest'
  | 'PreAuthorizedCode';

const DAY_SECONDS = 24 * 3600;
// Spent codes are kept so that a replay is recognised as one; finished interactions so that a
// returning browser can be told what happened.
export const KEPT_SECONDS: Partial<Record<ArtefactModel, number>> = {
  AuthorizationCode: DAY_SECONDS,
  Interaction: DAY_SECONDS,
};
// These, for which nobody needs a secret, are kept as long from the moment on that they are spent.
export const KEPT_WHEN_SPENT = new Set<ArtefactModel>(['DeviceCode', 'PushedAuthorizationRequest']);
// What a grant takes along when it ends. An interaction names its grant too, but a person who
// changes accounts in the middle of it must be able to go on.
export const ENDS_WITH_GRANT = new Set<ArtefactModel>([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]);
// Stored once as a rule, under an id that was just made: an insert costs less than an upsert.
export const MADE_ONCE = new Set<ArtefactModel>([
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'Interaction',
  'RefreshToken',
]);
// The three models that one introspection probes with one value share their hash.
export const PROBED_TOGETHER = new Set<ArtefactModel>([
  'AccessToken',
  'ClientCredentials',
  'RefreshToken',
]);
