// What an operator decides about reviews.

export interface ReviewSettings {
  /** How long a decision can be undone before it is carried out and the applicant is told. */
  undoSeconds: number;
  /** By then somebody is to have decided. */
  dueHours: number;
  /** How long a claimed case is locked for others. */
  claimSeconds: number;
  /** Of a hundred approved cases so many are looked at a second time. */
  samplePercent: number;
}
