// The three relying parties: what sets them apart. Everything else they share.

export const siteKeys = ['portal', 'department', 'service-hall'] as const;
export type SiteKey = (typeof siteKeys)[number];

export type Site = {
  readonly key: SiteKey;
  /** Parameters beside the usual ones that this site sends when it asks for a sign-in. */
  readonly authorizationExtras: Readonly<Record<string, string>>;
  /** The lowest level in `acr` this site accepts, whatever it asked for; 0 looks at none. */
  readonly minimumLevel: number;
  /** Whether the site keeps its picture of the person fresh with refresh tokens. */
  readonly usesRefreshTokens: boolean;
};

export const sites: Readonly<Record<SiteKey, Site>> = {
  portal: {
    key: 'portal',
    authorizationExtras: {},
    minimumLevel: 0,
    usesRefreshTokens: false,
  },
  department: {
    key: 'department',
    authorizationExtras: { acr_values: 'urn:hutong:level:3' },
    minimumLevel: 3,
    usesRefreshTokens: false,
  },
  'service-hall': {
    key: 'service-hall',
    authorizationExtras: {},
    minimumLevel: 0,
    usesRefreshTokens: true,
  },
};
