// Peers as tests register them: a provincial hall that speaks OpenID Connect, and variations of it.
import type { PeerRegistration, PeerSecrets, PeerState } from '../../src/peers/peer.ts';
import type { PeerRecord } from '../../src/peers/peer-record.ts';
import { PeerStore } from '../../src/peers/peer-store.ts';
import type { PeerChange } from '../../src/peers/peer-store.ts';
import type { Keyring } from '../../src/platform/crypto.ts';
import type { Database } from '../../src/platform/mongo.ts';

/** Complete, and as it would stand in a file but for its secrets. */
export function samplePeer(more: Partial<PeerRegistration> = {}): PeerRegistration {
  return {
    id: 'province',
    issuer: 'https://province.example.gov.cn',
    names: { 'zh-CN': '省统一身份认证平台', en: 'Provincial identity platform' },
    kind: 'provinceHub',
    roles: ['upstream'],
    connection: {
      protocol: 'oidc',
      clientId: 'hutong-city',
      addresses: {},
      settings: { scope: 'openid profile' },
    },
    clients: [],
    levelMap: { L0: 1, L1: 2, L2: 3, L3: 4 },
    levelCap: 3,
    strengthCap: 2,
    certificateTypeMap: { '10': '111', '20': '414' },
    attributeMap: {},
    notice: {
      'zh-CN': '省平台将向本市提供您的姓名、证件号码和实名等级。',
      en: 'The provincial platform passes on your name, certificate number and level.',
    },
    ...more,
  };
}

export interface SavedPeer {
  registration?: Partial<PeerRegistration>;
  secrets?: PeerSecrets;
  state?: PeerState;
  droppedKeys?: readonly string[];
}

/** Written past the two officers, whatever stood there before. */
export async function savePeer(
  storage: { database: Database; keyring: Keyring },
  { registration, secrets, state = 'active', droppedKeys = [] }: SavedPeer = {},
): Promise<PeerRecord> {
  const store = new PeerStore(storage);
  const peer = { ...samplePeer(registration), droppedKeys, state, revision: 0 };
  const before = await store.find(peer.id);
  const change: PeerChange & { at: Date } = {
    peer,
    secrets: secrets ?? before?.secrets ?? {},
    resumesTo: undefined,
    authors: [],
    activated: state === 'active' ? { by: 'an officer', at: new Date() } : before?.activated,
    isRemoved: false,
    at: new Date(),
  };
  const outcome = await store.save(change, before, () => Promise.resolve());
  const saved = await store.find(peer.id);
  if (outcome !== 'saved' || !saved) throw new Error(`the peer was not saved: ${outcome}`);
  return saved;
}
