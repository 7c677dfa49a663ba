// The events of trust by federation: who may be their actor, and what their records hold. Part of the
// catalogue.
const officers = { actors: ['person'], fields: ['details'] } as const;

export const federationTrustEventCatalogue = {
  'federation_trust.subordinate_admitted': officers,
  'federation_trust.subordinate_changed': officers,
  'federation_trust.subordinate_suspended': officers,
  'federation_trust.subordinate_resumed': officers,
  'federation_trust.subordinate_removed': officers,
  'federation_trust.keys_followed': { actors: ['system'], fields: ['details'] },
  'federation_trust.entity_denied': officers,
  'federation_trust.entity_allowed': officers,
  'federation_trust.provider_refused': {
    actors: ['anonymous'],
    fields: ['clientId', 'address', 'reason', 'details'],
  },
  'federation_trust.client_refused': {
    actors: ['anonymous', 'system'],
    fields: ['address', 'reason', 'details'],
  },
} as const;
