// What the pages, decisions and background work of intermediaries work with.
import type { AccountStore } from '../accounts/account-store.ts';
import type { EntityRegister } from '../legal-entities/entity-register.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { SendPapersDependencies } from '../papers/hand-in.ts';
import type { PaperFiles } from '../papers/paper-files.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import type { IntermediaryKind } from './qualification.ts';
import type { QualificationStore } from './qualification-store.ts';

/** Words: `verification-review.slot.<slot>`; 资质证书, 申请函, 其他材料. */
export const qualificationSlots = [
  'qualification_certificate',
  'qualification_letter',
  'qualification_other',
] as const;
export type QualificationSlot = (typeof qualificationSlots)[number];

export interface Intermediaries extends SendPapersDependencies {
  kinds: readonly IntermediaryKind[];
  qualifications: QualificationStore;
  papers: PaperFiles<QualificationSlot>;
  desk: Pick<ReviewDesk, 'open' | 'supply' | 'withdraw' | 'statusOf'>;
  files: EvidenceFiles;
  accounts: Pick<AccountStore, 'findById' | 'holdStanding' | 'noteQualifications' | 'transaction'>;
  mandates: MandateStore;
  /** Undefined where organisations are registered at windows only. */
  register: EntityRegister | undefined;
  notices: SecurityNotices;
  clock: Clock;
  logger: Logger;
  /** Reviewers who have to agree where nothing speaks against it. */
  approvals: 1 | 2;
}
