// The events of peers: who may be their actor, and what their records hold. Part of the catalogue.
const byOfficer = { actors: ['person'], fields: ['address', 'details'] } as const;
const withReason = { actors: ['person'], fields: ['address', 'reason', 'details'] } as const;

export const peerEventCatalogue = {
  'peers.registered': byOfficer,
  'peers.changed': byOfficer,
  'peers.tested': byOfficer,
  'peers.approved': byOfficer,
  'peers.activated': byOfficer,
  'peers.suspended': withReason,
  'peers.resumed': byOfficer,
  'peers.removed': byOfficer,
  'peers.key_dropped': withReason,
  'peers.secret_replaced': withReason,
  'peers.refused': withReason,
} as const;
