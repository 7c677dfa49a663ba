// Countries and regions of ISO 3166-1 as alpha-3 and alpha-2 codes: passports name the first, the
// platform's names of countries go by the second.

const CODES =
  'AFG:AF ALB:AL DZA:DZ ASM:AS AND:AD AGO:AO AIA:AI ATG:AG ARG:AR ARM:AM ABW:AW AUS:AU AUT:AT ' +
  'AZE:AZ BHS:BS BHR:BH BGD:BD BRB:BB BLR:BY BEL:BE BLZ:BZ BEN:BJ BMU:BM BTN:BT BOL:BO BIH:BA ' +
  'BWA:BW BRA:BR BRN:BN BGR:BG BFA:BF BDI:BI CPV:CV KHM:KH CMR:CM CAN:CA CYM:KY CAF:CF TCD:TD ' +
  'CHL:CL CHN:CN COL:CO COM:KM COG:CG COD:CD COK:CK CRI:CR CIV:CI HRV:HR CUB:CU CUW:CW CYP:CY ' +
  'CZE:CZ DNK:DK DJI:DJ DMA:DM DOM:DO ECU:EC EGY:EG SLV:SV GNQ:GQ ERI:ER EST:EE SWZ:SZ ETH:ET ' +
  'FRO:FO FJI:FJ FIN:FI FRA:FR PYF:PF GAB:GA GMB:GM GEO:GE DEU:DE GHA:GH GIB:GI GRC:GR GRL:GL ' +
  'GRD:GD GTM:GT GGY:GG GIN:GN GNB:GW GUY:GY HTI:HT VAT:VA HND:HN HUN:HU ISL:IS IND:IN IDN:ID ' +
  'IRN:IR IRQ:IQ IRL:IE IMN:IM ISR:IL ITA:IT JAM:JM JPN:JP JEY:JE JOR:JO KAZ:KZ KEN:KE KIR:KI ' +
  'PRK:KP KOR:KR KWT:KW KGZ:KG LAO:LA LVA:LV LBN:LB LSO:LS LBR:LR LBY:LY LIE:LI LTU:LT LUX:LU ' +
  'MDG:MG MWI:MW MYS:MY MDV:MV MLI:ML MLT:MT MHL:MH MRT:MR MUS:MU MEX:MX FSM:FM MDA:MD MCO:MC ' +
  'MNG:MN MNE:ME MAR:MA MOZ:MZ MMR:MM NAM:NA NRU:NR NPL:NP NLD:NL NZL:NZ NIC:NI NER:NE NGA:NG ' +
  'NIU:NU MKD:MK NOR:NO OMN:OM PAK:PK PLW:PW PSE:PS PAN:PA PNG:PG PRY:PY PER:PE PHL:PH POL:PL ' +
  'PRT:PT QAT:QA ROU:RO RUS:RU RWA:RW KNA:KN LCA:LC VCT:VC WSM:WS SMR:SM STP:ST SAU:SA SEN:SN ' +
  'SRB:RS SYC:SC SLE:SL SGP:SG SVK:SK SVN:SI SLB:SB SOM:SO ZAF:ZA SSD:SS ESP:ES LKA:LK SDN:SD ' +
  'SUR:SR SWE:SE CHE:CH SYR:SY TJK:TJ TZA:TZ THA:TH TLS:TL TGO:TG TON:TO TTO:TT TUN:TN TUR:TR ' +
  'TKM:TM TUV:TV UGA:UG UKR:UA ARE:AE GBR:GB USA:US URY:UY UZB:UZ VUT:VU VEN:VE VNM:VN YEM:YE ' +
  'ZMB:ZM ZWE:ZW';

const countries: ReadonlyMap<string, string> = new Map(
  CODES.split(' ').map((pair) => {
    const [alpha3 = '', alpha2 = ''] = pair.split(':');
    return [alpha3, alpha2];
  }),
);

/** Of who has no nationality, or a passport of an organisation: no names of countries. */
const OTHERS = ['XXA', 'UNO'];

/** Codes with their names in a language, in the order of that language. */
export function countryChoices(locale: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(locale, { type: 'region' });
  const collator = new Intl.Collator(locale);
  return [...countries]
    .map(([code, alpha2]) => ({ code, name: names.of(alpha2) ?? code }))
    .toSorted((a, b) => collator.compare(a.name, b.name))
    .concat(OTHERS.map((code) => ({ code, name: code })));
}
