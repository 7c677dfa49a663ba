// What provinces call levels, certificates and ways of verification by the documents of their platforms,
// in our terms. Data in, data out: what is unknown is undefined, and never counts as more.
import type { RealNameLevel } from '../../accounts/account.ts';
import type { CertificateType } from '../../accounts/certificate-types.ts';

/**
 * Names of levels by platform. Two of Guangdong's, before and after its renaming; Zhejiang's
 * `realLevel` of legal entities runs backwards.
 */
export const provincialLevels = {
  guangdongOld: { L0: 1, L1: 2, L2: 3, L3: 4 },
  guangdongNew: { 二级: 1, 三级: 2, 四级: 3, 五级: 4 },
  zhejiangLegalRealLevel: { '4': 1, '3': 2, '2': 4, '1': 4 },
  shandong: { 初级: 2, 中级: 3, 高级: 4 },
} as const satisfies Record<string, Record<string, RealNameLevel>>;

/** Guangdong's `idcardtype`. */
export const guangdongTypes: Readonly<Record<string, CertificateType>> = {
  '10': '111',
  '20': '414',
  '40': '999',
  '49': '001',
  '50': '099',
  '51': '099',
  '60': '099',
  '80': '099',
};

export interface VerificationWay {
  level: string;
  /** Code of the source, e.g. `YSS`. */
  way: string;
  /** The person's identifier there; may contain `@`. */
  id: string;
}

/** `creditable_level_of_account_way`: `L2@YSS@<id>||L3@GW@<id>`. Parts without all three are left out. */
export function waysFromGuangdong(text: string): VerificationWay[] {
  return text.split('||').flatMap((part) => {
    const [level = '', way = '', ...id] = part.split('@');
    return level !== '' && way !== '' && id.length > 0 ? [{ level, way, id: id.join('@') }] : [];
  });
}

/** `extproperties`: `key=value` texts, where the value -1 means that there is none. */
export function propertiesFromGuangdong(texts: readonly string[]): Record<string, string> {
  const pairs = texts.flatMap((text) => {
    const at = text.indexOf('=');
    const value = text.slice(at + 1);
    return at > 0 && value !== '-1' ? [[text.slice(0, at), value] as const] : [];
  });
  return Object.fromEntries(pairs);
}
