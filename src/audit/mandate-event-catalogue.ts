// The events of mandates: who may be their actor, and what their records hold. Part of the catalogue.
export const mandateEventCatalogue = {
  'mandates.invited': {
    actors: ['person'],
    fields: ['subject', 'clientId', 'address', 'details'],
  },
  'mandates.import_begun': {
    actors: ['person'],
    fields: ['subject', 'clientId', 'address', 'details'],
  },
  'mandates.import_finished': { actors: ['person'], fields: ['subject', 'clientId', 'details'] },
  'mandates.requested': { actors: ['person'], fields: ['address', 'details'] },
  'mandates.letter_sent': { actors: ['person'], fields: ['address', 'details'] },
  'mandates.request_closed': {
    actors: ['person', 'anonymous', 'system'],
    fields: ['subject', 'address', 'reason', 'details'],
  },
  'mandates.granted': {
    actors: ['person', 'system'],
    fields: ['subject', 'clientId', 'address', 'details'],
  },
  'mandates.declined': { actors: ['person'], fields: ['subject', 'address'] },
  'mandates.withdrawn': {
    actors: ['person'],
    fields: ['subject', 'clientId', 'address', 'details'],
  },
  'mandates.changed': {
    actors: ['person'],
    fields: ['subject', 'clientId', 'address', 'details'],
  },
  'mandates.refused': {
    actors: ['person', 'client'],
    fields: ['subject', 'clientId', 'address', 'reason', 'details'],
  },
  'mandates.ended': {
    actors: ['person', 'anonymous', 'system'],
    fields: ['subject', 'clientId', 'address', 'reason', 'details'],
  },
  'department_api.mandate_used': {
    actors: ['client'],
    fields: ['subject', 'clientId', 'address', 'reason', 'details'],
  },
} as const;
