// Whose account lives at the province in the present construction mode, and which of its means are kept
// there: pages show them as kept there, and routes take nothing for them (docs/decisions/0030).
import type { Account } from '../accounts/account.ts';
import type { FederatedLink } from '../federation/link.ts';
import type { LinkStore } from '../federation/link-store.ts';
import type { Peer } from '../peers/peer.ts';
import type { ModeDirectory } from './mode-directory.ts';

/** Words `mode.kept.means.<name>`. */
export const keptMeans = ['password', 'factors', 'contacts', 'correction', 'closing'] as const;
export type KeptMeans = (typeof keptMeans)[number];

export interface KeptAtProvince {
  province: Peer;
  means: ReadonlySet<KeptMeans>;
  /** Where the person looks after them; undefined where nobody has told. */
  href: string | undefined;
}

interface ProvinceResidentsDependencies {
  mode: Pick<ModeDirectory, 'mode' | 'activeProvince'>;
  links: Pick<LinkStore, 'listByAccount'>;
  /** The account centre of a peer, as it publishes it and as far as that is known by now. */
  publishedAccountPage: (peer: Peer) => string | undefined;
}

/** From here on a sign-in at the province is as strong as one with a second factor here. */
const REPLACES_FACTORS = 2;

export class ProvinceResidents {
  readonly #deps: ProvinceResidentsDependencies;

  constructor(deps: ProvinceResidentsDependencies) {
    this.#deps = deps;
  }

  /**
   * Undefined for everybody who has nothing there: where we register, for organisations, staff and
   * children, without a link that counts, and while the province is not connected, when an account of ours
   * opens again.
   */
  async keptOf(
    account: Pick<Account, 'id' | 'kind' | 'isActive' | 'isWard'>,
  ): Promise<KeptAtProvince | undefined> {
    const { mode, links, publishedAccountPage } = this.#deps;
    const { activeProvince: province } = mode;
    const isPerson = account.kind === 'naturalPerson' && account.isActive && !account.isWard;
    if (mode.mode === 'independent' || !province || !isPerson) return undefined;
    const found = await links.listByAccount(account.id);
    const link = found.find((each) => each.issuer === province.issuer && each.state === 'active');
    const means = link ? meansOf(mode.mode, province, link) : [];
    if (means.length === 0) return undefined;
    const href = province.connection.addresses['accountCentre'] ?? publishedAccountPage(province);
    return { province, means: new Set(means), href };
  }
}

function meansOf(
  mode: 'embedded' | 'centralized',
  { strengthCap }: Peer,
  { hasMadeAccount }: FederatedLink,
): readonly KeptMeans[] {
  // 统分: our pages stay; name and number of a shadow are the province's.
  if (mode === 'embedded') return hasMadeAccount ? ['correction'] : [];
  // 统建: a second factor is asked for here as long as the province's sign-in is not as strong.
  if (strengthCap < REPLACES_FACTORS) return ['password', 'correction', 'closing'];
  return keptMeans;
}
