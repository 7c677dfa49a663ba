// What happened to a review case, step by step, and the second look at one that was approved.

export const historySteps = [
  'opened',
  'claimed',
  'released',
  'looked',
  'revealed',
  'approve',
  'reject',
  'ask',
  'undone',
  'supplied',
  'asked_again',
  'asked',
  'approved',
  'rejected',
  'withdrawn',
  'not_carried_out',
  'look_agreed',
  'look_disagreed',
] as const;

export interface HistoryEntry {
  at: Date;
  /** Account id, or `system`. */
  by: string;
  step: (typeof historySteps)[number];
  reason?: string | undefined;
}

/** A second look at an approved case, drawn by chance. */
export interface SecondLook {
  state: 'due' | 'agreed' | 'disagreed';
  by?: string | undefined;
  at?: Date | undefined;
}
