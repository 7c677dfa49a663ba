// The events of sign-ins through other platforms: who may be their actor, and what their records hold. Part
// of the catalogue. `traceId` in the details stands in the records of both sides.
export const federationEventCatalogue = {
  'federation.begun': {
    actors: ['person', 'anonymous'],
    fields: ['clientId', 'address', 'details'],
  },
  'federation.unanswered': {
    actors: ['person', 'anonymous'],
    fields: ['clientId', 'address', 'reason', 'details'],
  },
  'federation.answered': {
    actors: ['person', 'anonymous'],
    fields: ['address', 'level', 'reason', 'details'],
  },
  'federation.declined': { actors: ['person', 'anonymous'], fields: ['address', 'details'] },
  'federation.linked': {
    actors: ['person'],
    fields: ['address', 'level', 'reason', 'details'],
  },
  'federation.not_linked': { actors: ['person'], fields: ['address', 'reason', 'details'] },
  'federation.followed': {
    actors: ['person', 'system'],
    fields: ['subject', 'address', 'level', 'details'],
  },
  'federation.link_frozen': {
    actors: ['person', 'system'],
    fields: ['subject', 'address', 'reason', 'details'],
  },
  'federation.link_decided': {
    actors: ['person', 'system'],
    fields: ['subject', 'reason', 'details'],
  },
  'federation.unlinked': {
    actors: ['person', 'system'],
    fields: ['subject', 'address', 'reason', 'details'],
  },
  'federation.signed_out': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
} as const;

export const federationEvents = Object.keys(
  federationEventCatalogue,
) as (keyof typeof federationEventCatalogue)[];
