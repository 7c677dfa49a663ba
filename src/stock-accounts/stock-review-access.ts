// What somebody may send to staff about an old account: one that was proven here and could not be
// joined online, or what staff asked for in a case of theirs.
import { visitorOrExplanation, visitorOrSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { isCertificateType } from '../accounts/certificate-types.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { RESIDENT_ID } from '../verification/identity-form.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import { findMigration } from './migration-pages.ts';
import type { MigrationPagesDependencies } from './migration-pages.ts';
import { canonicalOldLogin } from './stock-account.ts';
import type { StockAccount } from './stock-account.ts';
import type { OwnStockCase, StockReview } from './stock-review.ts';

export interface StockReviewDependencies extends MigrationPagesDependencies {
  review: StockReview;
}

export interface ToReview {
  old: StockAccount;
  source: StockSource;
  refusedFor: string;
  /** The document: of the account where it is verified, else as the old system knew it. */
  type: CertificateType;
  country: string | undefined;
  /** Of an account that is verified. */
  own: IdentityClaim | undefined;
  /** Staff asked for more. */
  present: OwnStockCase | undefined;
}

export type Due = { is: 'due'; what: ToReview } | { is: 'under_way' } | { is: 'nothing' };

export function whoReviews(
  { visitors }: StockReviewDependencies,
  ctx: HttpContext,
  does: 'reads' | 'sends',
): Promise<Visitor | undefined> {
  return (does === 'reads' ? visitorOrSignIn : visitorOrExplanation)(visitors, ctx);
}

export async function toReview(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  { account }: Visitor,
): Promise<Due> {
  const present = await deps.review.caseOf(account.id);
  if (present?.state === 'waiting') return { is: 'under_way' };
  const own = verifiedClaim(account);
  if (present?.state === 'more_needed') {
    const asked = await ofCase(deps, present);
    if (!asked) return { is: 'under_way' };
    const { certificateType, certificateCountry: country } = present.claimed;
    const type = isCertificateType(certificateType ?? '') ? certificateType : RESIDENT_ID;
    const what = { ...asked, refusedFor: '', type: type as CertificateType, country, own, present };
    return { is: 'due', what };
  }
  const migration = await findMigration(deps, ctx);
  const old = migration && (await deps.stock.findById(migration.stockId));
  const source = deps.sources.find(({ id }) => id === migration?.source);
  if (!old || !source || migration.refusedFor === undefined) return { is: 'nothing' };
  if (migration.ownerId !== account.id || old.state !== 'imported') return { is: 'nothing' };
  const { type, country } = own?.certificate ??
    old.details.certificate ?? { type: RESIDENT_ID, country: undefined };
  const { refusedFor } = migration;
  return { is: 'due', what: { old, source, refusedFor, type, country, own, present: undefined } };
}

async function ofCase(
  { sources, stock }: StockReviewDependencies,
  { claimed: { legacySystem, legacyLogin } }: OwnStockCase,
): Promise<{ old: StockAccount; source: StockSource } | undefined> {
  const source = sources.find(({ id }) => id === legacySystem);
  if (!source || legacyLogin === undefined) return undefined;
  const old = await stock.findByLogin(source.id, canonicalOldLogin(legacyLogin, source));
  return old && { old, source };
}
