// The events of what other platforms and systems are told of accounts, and tell us. Part of the catalogue.
export const accountEventCatalogue = {
  'account_events.announced': { actors: ['system'], fields: ['subject', 'details'] },
  'account_events.received': { actors: ['system'], fields: ['details'] },
} as const;
