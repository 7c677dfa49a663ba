// The events of the staff directory: who may be their actor, and what their records hold. Part of the
// catalogue.
const byDirectory = ['person', 'client', 'operator', 'system'] as const;
const staffChange = { actors: byDirectory, fields: ['subject', 'address', 'clientId'] } as const;
const departmentChange = {
  actors: byDirectory,
  fields: ['address', 'clientId', 'details'],
} as const;

export const directoryEventCatalogue = {
  'accounts.staff_changed': {
    actors: byDirectory,
    fields: ['subject', 'address', 'reason', 'details'],
  },
  'directory.staff_joined': staffChange,
  'directory.staff_changed': staffChange,
  'directory.staff_left': staffChange,
  'directory.staff_returned': staffChange,
  'directory.staff_invited': {
    actors: ['person', 'operator', 'system'],
    fields: ['subject', 'address'],
  },
  'directory.contacts_kept': {
    actors: byDirectory,
    fields: ['subject', 'address', 'clientId', 'details'],
  },
  'directory.department_added': departmentChange,
  'directory.department_changed': departmentChange,
  'directory.department_removed': departmentChange,
  'directory.imported': { actors: ['operator', 'system'], fields: ['details'] },
  'directory.import_stopped': { actors: ['operator', 'system'], fields: ['reason', 'details'] },
  'directory.import_approved': { actors: ['operator'], fields: ['details'] },
  'directory.refused': {
    actors: ['person', 'client', 'operator'],
    fields: ['subject', 'address', 'reason'],
  },
} as const;
