// Phone numbers of the mainland, Hong Kong, Macao and Taiwan, kept as E.164. Eight digits alone
// may be Hong Kong or Macao: a login tries both, a registration must say which.

export type PhoneRegion = 'CN' | 'HK' | 'MO' | 'TW';

const REGIONS: Readonly<Record<PhoneRegion, { prefix: string; national: RegExp; trunk: string }>> =
  {
    CN: { prefix: '+86', national: /^1[3-9]\d{9}$/u, trunk: '' },
    HK: { prefix: '+852', national: /^[2-9]\d{7}$/u, trunk: '' },
    MO: { prefix: '+853', national: /^[268]\d{7}$/u, trunk: '' },
    TW: { prefix: '+886', national: /^9\d{8}$/u, trunk: '0' },
  };
const REGION_NAMES = Object.keys(REGIONS) as PhoneRegion[];

export type PhoneOutcome =
  | { ok: true; e164: string }
  | { ok: false; reason: 'phone_invalid' | 'phone_region_needed' };

/** The one E.164 number a text means; `region` settles eight digits without a country code. */
export function parsePhone(text: string, region?: PhoneRegion): PhoneOutcome {
  const candidates = phoneCandidates(text).filter(
    (e164) => region === undefined || e164.startsWith(REGIONS[region].prefix),
  );
  const [first, second] = candidates;
  if (first === undefined) return { ok: false, reason: 'phone_invalid' };
  if (second !== undefined) return { ok: false, reason: 'phone_region_needed' };
  return { ok: true, e164: first };
}

/** Every E.164 number a text may mean: none, one, or two (Hong Kong and Macao). */
export function phoneCandidates(text: string): string[] {
  const compact = text
    .normalize('NFKC')
    .replaceAll(/[\s().-]/gu, '')
    .replace(/^00/u, '+');
  return REGION_NAMES.flatMap((name) => {
    const { prefix, national, trunk } = REGIONS[name];
    const isInternational = compact.startsWith(prefix);
    let digits = isInternational ? compact.slice(prefix.length) : compact;
    if (trunk !== '') {
      if (digits.startsWith(trunk)) digits = digits.slice(trunk.length);
      else if (!isInternational) return [];
    }
    return national.test(digits) ? [prefix + digits] : [];
  });
}

/** The region and the national digits of an E.164 number; undefined for other countries. */
export function splitPhone(e164: string): { region: PhoneRegion; national: string } | undefined {
  const region = REGION_NAMES.find((name) => e164.startsWith(REGIONS[name].prefix));
  return region && { region, national: e164.slice(REGIONS[region].prefix.length) };
}
