// Platforms of three other provinces, simulated: how they know the city, and how the city registers them.
import type { RealNameLevel } from '../../accounts/account.ts';
import type { PeerProtocol } from '../../peers/peer.ts';
import type { DialectsPart } from '../dialects/dialects-app.ts';
import { derivedSecret } from './platforms.ts';
import type { PeerInput } from './platforms.ts';

const CITY = 'sample-city';

/** What the process of the simulators is told. @param at where people find it; `city` is sent back to */
export function describeDialectsPart(
  at: { port: number; publicUrl: string; city: string },
  masterKey: string,
): DialectsPart {
  const secret = derivedSecret(masterKey, 'dialects');
  return {
    port: at.port,
    publicUrl: at.publicUrl,
    returnOrigins: [new URL(at.city).origin],
    tif: { clientId: CITY, clientSecret: secret },
    jis: { appmark: CITY, appword: secret, isEncrypted: true },
    zhejiang: { servicecode: CITY, servicepwd: secret },
  };
}

/** @param origin of the simulators */
export function dialectPeers(origin: string, masterKey: string): PeerInput[] {
  const clientSecret = derivedSecret(masterKey, 'dialects');
  return dialects(origin).map(({ id, issuer, name, connection, levelMap = {} }) => ({
    id,
    issuer,
    names: { 'zh-CN': `${name['zh-CN']}（模拟）`, en: `${name.en} (simulated)` },
    kind: 'trustSource',
    roles: ['upstream'],
    connection: { clientId: CITY, ...connection },
    levelMap,
    levelCap: 3,
    strengthCap: 1,
    certificateTypeMap: {},
    attributeMap: {},
    notice: {
      'zh-CN': `${name['zh-CN']}将向本市提供您的姓名、证件类型和号码、手机号和实名等级，只用于登录和办事；可以在账户中心随时解除。`,
      en: `${name.en} passes on your name, the type and number of your document, your phone and your level, for signing in and for services only; you can end it in your account at any time.`,
    },
    clientSecret,
  }));
}

interface Dialect {
  id: string;
  issuer: string;
  name: { 'zh-CN': string; en: string };
  connection: {
    protocol: PeerProtocol;
    addresses: Readonly<Record<string, string>>;
    settings: Readonly<Record<string, string>>;
  };
  levelMap?: Readonly<Record<string, RealNameLevel>>;
}

function dialects(origin: string): readonly Dialect[] {
  const tif = `${origin}/tif/sso/connect/page/oauth2`;
  return [
    {
      id: 'guangdong',
      issuer: 'urn:cn:gd:tif',
      name: { 'zh-CN': '广东省平台', en: 'Guangdong' },
      connection: {
        protocol: 'tif',
        addresses: {
          authorize: `${tif}/authorize`,
          token: `${tif}/access_token`,
          userinfo: `${tif}/tokeninfo`,
        },
        settings: { codes_refused: 'account_closed' },
      },
    },
    {
      id: 'shandong',
      issuer: 'urn:cn:sd:jis',
      name: { 'zh-CN': '山东省平台', en: 'Shandong' },
      connection: {
        protocol: 'jis',
        addresses: { login: `${origin}/jis/jis-web/login`, gateway: `${origin}/jis/gateway` },
        settings: {
          data_encryption: 'aes-128-cbc',
          codes_unavailable: '100001,100002',
          codes_refused: '100005',
        },
      },
    },
    {
      id: 'zhejiang',
      issuer: 'urn:cn:zj:persons',
      name: { 'zh-CN': '浙江省平台', en: 'Zhejiang' },
      connection: {
        protocol: 'zhejiang',
        addresses: {
          login: `${origin}/zhejiang/sso/usp.do`,
          service: `${origin}/zhejiang/sso/servlet/simpleauth`,
        },
        settings: { codes_unavailable: '2,3', codes_refused: '5' },
      },
      levelMap: { 'authlevel:1': 1, 'authlevel:2': 2, 'authlevel:3': 3, 'authlevel:4': 4 },
    },
  ];
}
