// Where others ask us for what we say; published in the metadata of `federation_entity`.
const BASE = '/mutual-recognition/federation';

export const federationPaths = {
  configuration: '/.well-known/openid-federation',
  fetch: `${BASE}/fetch`,
  list: `${BASE}/list`,
  resolve: `${BASE}/resolve`,
  trustMark: `${BASE}/trust-mark`,
  trustMarkStatus: `${BASE}/trust-mark-status`,
} as const;
