// The events of the construction mode: who may be their actor, and what their records hold. Part of the
// catalogue.
export const modeEventCatalogue = {
  'registration_mode.planned': { actors: ['operator'], fields: ['details'] },
  'registration_mode.changed': { actors: ['person'], fields: ['address', 'details'] },
  'registration_mode.converted': { actors: ['operator'], fields: ['details'] },
  'registration_mode.refused': { actors: ['person'], fields: ['address', 'reason', 'details'] },
  'registration_mode.handed_over': {
    actors: ['person', 'anonymous'],
    fields: ['clientId', 'address', 'reason', 'details'],
  },
} as const;

export const modeEvents = Object.keys(modeEventCatalogue) as (keyof typeof modeEventCatalogue)[];
