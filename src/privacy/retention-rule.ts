// How long one kind of data is kept, why, and what removes it. The table itself is
// src/app/retention-table.ts; docs/retention.md is made from it.

export const retentionSettings = [
  'HUTONG_AUDIT_DAYS',
  'HUTONG_CLOSED_KEPT_DAYS',
  'HUTONG_CLOSED_CASE_DAYS',
  'HUTONG_UNCLAIMED_DAYS',
  'HUTONG_EVIDENCE_FILE_DAYS',
] as const;
export type RetentionSetting = (typeof retentionSettings)[number];

/** The words are `retention.grounds.<name>`. */
export const retentionGrounds = ['service', 'security', 'proof', 'logs'] as const;

/** The words of a period are `retention.until.<name>`. */
export const retentionUntil = ['account', 'source', 'setting', 'hours', 'minutes'] as const;

/**
 * `account`: as long as the account. `source`: until the day that the settings of its source name.
 * Otherwise at most so long after its use; of what is removed by `work`: so long after `past`.
 */
export type RetentionPeriod =
  | { days: number }
  | { hours: number }
  | { minutes: number }
  | { setting: RetentionSetting }
  | 'account'
  | 'source';

/** The time from which the period counts, of documents that also look like `where`. */
export interface PastField {
  field: string;
  where?: Readonly<Record<string, unknown>>;
}

/**
 * `index`: the database, by a TTL index on `field`. `work`: the work of retention.ts. `own`: other
 * background work of its domain. `account`: the removal of the account. `command`: an operator.
 */
export type RetentionRemoval =
  | { by: 'index'; field: string }
  | { by: 'work'; past: readonly PastField[] }
  | { by: 'own' }
  | { by: 'account' }
  | { by: 'command' };

export interface RetentionRule {
  /** The words are `retention.<kind>.what`. */
  kind: string;
  collections: readonly string[];
  period: RetentionPeriod;
  ground: (typeof retentionGrounds)[number];
  removal: RetentionRemoval;
}

export type RetentionDays = Readonly<Record<RetentionSetting, number>>;
