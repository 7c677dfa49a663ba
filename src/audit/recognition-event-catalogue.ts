// The events of mutual recognition: who may be their actor, and what their records hold. Part of the
// catalogue. Platforms are clients; never an index, only its keyed hash.
const platformRecord = { actors: ['operator'], fields: ['clientId'] } as const;
const byOfficer = { actors: ['person'], fields: ['clientId', 'address'] } as const;
/** The officers of a hub; at the key holder its operators. */
const either = {
  actors: ['person', 'operator'],
  fields: ['clientId', 'address', 'reason'],
} as const;
const recognitionKey = { actors: ['operator'], fields: ['details'] } as const;

export const recognitionEventCatalogue = {
  'recognition.platform_imported': platformRecord,
  'recognition.platform_proposed': byOfficer,
  'recognition.platform_approved': byOfficer,
  'recognition.platform_withdrawn': byOfficer,
  'recognition.platform_refused': {
    actors: ['person'],
    fields: ['clientId', 'address', 'reason'],
  },
  'recognition.platform_suspended': either,
  'recognition.platform_resumed': either,
  'recognition.request_refused': {
    actors: ['client', 'anonymous'],
    fields: ['clientId', 'address', 'reason'],
  },
  'recognition.quota_exceeded': { actors: ['client'], fields: ['clientId', 'reason'] },
  'recognition.entries_changed': { actors: ['client'], fields: ['clientId', 'details'] },
  'recognition.reconciled': { actors: ['client'], fields: ['clientId', 'details'] },
  'recognition.epoch_dropped': recognitionKey,
  'recognition.looked_up': { actors: ['client'], fields: ['clientId', 'details'] },
  'recognition.lookup_refused': { actors: ['client'], fields: ['clientId', 'reason', 'details'] },
  'recognition.home_asked': { actors: ['anonymous'], fields: ['reason', 'details'] },
  'recognition.person_registered': {
    actors: ['system'],
    fields: ['subject', 'level', 'reason', 'details'],
  },
  'recognition.key_wrong': { actors: ['system'], fields: ['details'] },
  'recognition.key_announced': recognitionKey,
  'recognition.key_activated': recognitionKey,
  'recognition.key_retired': recognitionKey,
} as const;
