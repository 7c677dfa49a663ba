// Which pictures a review needs of which certificate, and the certificates in the groups that people
// look for theirs in.
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { SlotRule } from '../papers/paper-files.ts';

/** Words: `verification.slot.<slot>`. `holding`: the person with the certificate in hand. */
export const reviewSlots = ['front', 'back', 'page', 'holding', 'other'] as const;
export type ReviewSlot = (typeof reviewSlots)[number];

/** Words: `certificate.group.<group>`. */
export const certificateGroups = [
  { group: 'resident', types: ['111', '154'] },
  { group: 'hk_mo_tw', types: ['155', '516', '156', '511'] },
  { group: 'foreign', types: ['414', '553', '411', '412', '413'] },
  { group: 'service', types: ['114', '118', '120', '115', '119', '122'] },
  { group: 'other', types: ['999'] },
] as const satisfies readonly { group: string; types: readonly CertificateType[] }[];

export const personalTypes: readonly CertificateType[] = certificateGroups.flatMap(
  ({ types }): readonly CertificateType[] => types,
);

const CARDS: ReadonlySet<CertificateType> = new Set([
  '111',
  '154',
  '155',
  '156',
  '511',
  '516',
  '553',
]);
/** From this level on a picture of the person is needed. */
const PERSON_PRESENT = 3;

/** @param level that the review may give */
export function slotsOf(type: CertificateType, level: number): SlotRule<ReviewSlot>[] {
  const sides: SlotRule<ReviewSlot>[] = CARDS.has(type)
    ? [
        { slot: 'front', isRequired: true },
        { slot: 'back', isRequired: true },
      ]
    : [{ slot: 'page', isRequired: true }];
  return [
    ...sides,
    ...(level >= PERSON_PRESENT ? [{ slot: 'holding', isRequired: true } as const] : []),
    { slot: 'other', isRequired: false },
  ];
}
