// What a verification can find wrong. The words are `cli.audit.problem.<problem>`.

export const auditProblems = [
  'record_altered',
  'record_removed',
  'record_inserted',
  'record_moved',
  'record_unsealed',
  'seal_altered',
  'seal_removed',
  'seal_inserted',
  'chain_broken',
  'tail_cut_off',
  'chain_rewritten',
  'anchor_altered',
  'anchor_unreadable',
  'line_unreadable',
] as const;

export interface AuditFinding {
  problem: (typeof auditProblems)[number];
  /** Number of the first record that is touched. */
  sequence?: number | undefined;
  /** Of the last one, when there are several. */
  upTo?: number | undefined;
  recordId?: string | undefined;
  type?: string | undefined;
  /** When the record says that it happened; of an anchor, when it was written. */
  at?: Date | undefined;
  /** File, and line in it; of a seal, its key. */
  place?: string | undefined;
}
