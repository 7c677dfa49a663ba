// The events of organisations: who may be their actor, and what their records hold. Part of the
// catalogue.
export const entityEventCatalogue = {
  'entities.notice_received': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
  'entities.notice_refused': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
  'entities.brake_stopped': { actors: ['system'], fields: ['details'] },
  'entities.brake_released': { actors: ['operator'], fields: ['reason'] },
  'entities.recheck_ordered': { actors: ['operator'], fields: ['subject', 'details'] },
  'entities.password_set': { actors: ['person'], fields: ['subject', 'address'] },
  'entities.password_removed': {
    actors: ['person', 'system'],
    fields: ['subject', 'address', 'reason'],
  },
  'entities.sign_in_ended': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
  'entities.sub_account_made': { actors: ['person'], fields: ['subject', 'address', 'details'] },
  'entities.sub_account_closed': { actors: ['person'], fields: ['subject', 'address', 'details'] },
} as const;
