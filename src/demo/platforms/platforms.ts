// The platforms beside the city: the hub of its province and the neighbouring city, the same software under
// other names, each with accounts, clients and a database of its own. Who trusts whom stands here.
import { createHmac } from 'node:crypto';
import { pathsForPeers, SIGNED_OUT_PATH } from '../../peers/our-addresses.ts';
import type { PeerRegistration } from '../../peers/peer.ts';
import type { Appearance } from '../../platform/appearance-config.ts';
import type { DemoAccount, DemoRole } from '../demo-accounts.ts';
import type { ClientRegistration } from '../demo-clients.ts';
import { neighbourAccounts, provinceAccounts, provinceRoles } from './platform-accounts.ts';

export type PlatformKey = 'province' | 'neighbour';

/** Issuers. */
export type PlatformAddresses = Readonly<Record<'city' | PlatformKey, string>>;

/** As in a file of `hutong peers import`. */
export type PeerInput = Omit<PeerRegistration, 'clients' | 'jwks'> & {
  readonly jwks?: object;
  readonly clientSecret: string;
};

export type Platform = {
  readonly key: PlatformKey;
  readonly appearance: Appearance;
  readonly accounts: readonly DemoAccount[];
  readonly roles: readonly DemoRole[];
  readonly clients: readonly ClientRegistration[];
  readonly peers: readonly PeerInput[];
  /** Who registers and who approves them. */
  readonly officers?: PeerOfficers;
};

export type PeerOfficers = { readonly system: string; readonly security: string };

const CITY_AT_NEIGHBOUR = 'city at neighbour';
const SCOPE = 'openid profile real_name id_document';

export const platformNames = {
  city: { 'zh-CN': '示例市统一身份认证', en: 'Sample city identity platform' },
  province: { 'zh-CN': '省统一身份认证', en: 'provincial identity platform' },
  neighbour: { 'zh-CN': '邻市统一身份认证', en: 'identity platform of the neighbouring city' },
} as const;

/** @param masterKey of the data folder: a folder that is older than the platforms needs nothing new */
export function describePlatforms(
  at: PlatformAddresses,
  masterKey: string,
): Readonly<Record<PlatformKey, Platform>> {
  const secret = (label: string) => derivedSecret(masterKey, label);
  return {
    province: {
      key: 'province',
      appearance: {
        name: { 'zh-CN': '省统一身份认证平台', en: 'Provincial Identity' },
        operator: { 'zh-CN': '本服务由省政务服务数据管理部门运行', en: 'Run by the province' },
        extent: 'province',
        accent: 'teal',
      },
      accounts: provinceAccounts,
      roles: provinceRoles,
      clients: [platformClient('city', at.city, { at: 'province', secret: secret('city') })],
      peers: [neighbourAtProvince(at, secret('province'))],
      officers: { system: 'dongshengxi', security: 'yushengan' },
    },
    neighbour: {
      key: 'neighbour',
      appearance: {
        name: { 'zh-CN': '邻市统一身份认证平台', en: 'Neighbouring City Identity' },
        operator: {
          'zh-CN': '本服务由邻市政务服务数据管理部门运行',
          en: 'Run by the neighbouring city',
        },
        extent: 'city',
        accent: 'plum',
      },
      accounts: neighbourAccounts,
      roles: [],
      clients: [
        platformClient('province', at.province, { at: 'neighbour', secret: secret('province') }),
        platformClient('city', at.city, { at: 'neighbour', secret: secret(CITY_AT_NEIGHBOUR) }),
      ],
      peers: [],
    },
  };
}

/** The province, as the city registers it. Nobody comes through it above level 3. */
export function provinceAtCity(at: PlatformAddresses, masterKey: string): PeerInput {
  return {
    ...openIdPeer('province', at.province, 'city'),
    kind: 'provinceHub',
    levelCap: 3,
    notice: {
      'zh-CN':
        '省统一身份认证平台将向本市提供您的姓名、证件类型和号码、实名等级，只用于登录和办事；可以在账户中心随时解除。',
      en: 'The provincial platform passes on your name, the type and number of your document and your level, for signing in and for services only; you can end it in your account at any time.',
    },
    clientSecret: derivedSecret(masterKey, 'city'),
  };
}

/** The home of those who are found by their number. */
export function neighbourAtCity(at: PlatformAddresses, masterKey: string): PeerInput {
  return {
    ...openIdPeer('neighbour', at.neighbour, 'city'),
    kind: 'cityNode',
    levelCap: 3,
    notice: {
      'zh-CN':
        '邻市统一身份认证平台将向本市提供您的姓名、证件类型和号码、实名等级，只用于登录和办事；可以在账户中心随时解除。',
      en: 'The platform of the neighbouring city passes on your name, the type and number of your document and your level, for signing in and for services only; you can end it in your account at any time.',
    },
    clientSecret: derivedSecret(masterKey, CITY_AT_NEIGHBOUR),
  };
}

function neighbourAtProvince(at: PlatformAddresses, clientSecret: string): PeerInput {
  return {
    ...openIdPeer('neighbour', at.neighbour, 'province'),
    kind: 'cityNode',
    levelCap: 4,
    notice: {
      'zh-CN':
        '邻市统一身份认证平台将向省平台提供您的姓名、证件类型和号码、实名等级，用于一地注册、全省互认；可以在账户中心随时解除。',
      en: 'The platform of the neighbouring city passes on your name, the type and number of your document and your level, so that one registration counts in the whole province; you can end it in your account at any time.',
    },
    clientSecret,
  };
}

function openIdPeer(id: PlatformKey, issuer: string, clientId: string) {
  return {
    id,
    issuer,
    names: platformNames[id],
    roles: ['upstream'],
    connection: { protocol: 'oidc', clientId, addresses: {}, settings: { scope: SCOPE } },
    levelMap: {},
    strengthCap: 2,
    certificateTypeMap: {},
    attributeMap: {},
  } satisfies Partial<PeerInput>;
}

/** A platform that takes people from another one, as that one registers it. */
function platformClient(
  key: 'city' | 'province',
  issuer: string,
  { at, secret }: { at: PlatformKey; secret: string },
): ClientRegistration {
  return {
    client_id: key,
    client_name: platformNames[key]['zh-CN'],
    'client_name#en': platformNames[key].en,
    client_uri: `${issuer}/`,
    operator: platformNames[key]['zh-CN'],
    purposes: {
      real_name: '在那里登录，核对办事人',
      id_document: '在那里找到或建立您的账户',
    },
    redirect_uris: [`${issuer}${pathsForPeers.return}/${at}`],
    post_logout_redirect_uris: [`${issuer}${SIGNED_OUT_PATH}`],
    backchannel_logout_uri: `${issuer}${pathsForPeers.backchannelLogout}/${at}`,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    scope: SCOPE,
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secret,
    id_token_signed_response_alg: 'ES256',
    consent: 'notice',
  };
}

/** 256 bits, for whoever holds the master key of the data folder. */
export function derivedSecret(masterKey: string, label: string): string {
  return createHmac('sha256', masterKey).update(`platform ${label}`).digest('base64url');
}
