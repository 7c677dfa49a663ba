// A city beside a provincial platform of another vendor (a plain provider), and what a person does who
// comes from there.
import { afterAll, beforeAll, expect } from 'vitest';
import { LinkStore } from '../../src/federation/link-store.ts';
import type { PeerRegistration, PeerState } from '../../src/peers/peer.ts';
import { CityBrowser } from './city-browser.ts';
import type { PendingRequest, RequestParameters } from './city-browser.ts';
import { startCityNode } from './city-node.ts';
import type { CityNode, CityNodeOptions } from './city-node.ts';
import { nextAddress } from './http-visitor.ts';
import type { Visit } from './http-visitor.ts';
import { savePeer } from './peer-samples.ts';
import { startPlainProvider } from './plain-provider.ts';
import type { PlainProvider } from './plain-provider.ts';

export const PROVINCE = 'province';
const SECRET = 'a secret of the city at the province';

/** People of the province, as its claims; a test adds its own. */
export type ProvincialClaims = Record<string, Record<string, unknown>>;

/** Somebody whom the province has verified. */
export function person(name: string, number: string, level = 4) {
  return { name, id_document: { type: '111', number }, real_name_level: level };
}

export interface Arriving {
  browser: CityBrowser;
  pending: PendingRequest;
  page: Visit;
}

export interface FederatedCityOptions extends Omit<CityNodeOptions, 'mongodbUri'> {
  claims: ProvincialClaims;
  peer?: Partial<PeerRegistration>;
}

/** Call it at the top of a test file. */
export function federatedCity(uri: string, options: FederatedCityOptions) {
  const { claims, peer: own, ...ofCity } = options;
  let node!: CityNode;
  let province!: PlainProvider;

  beforeAll(async () => {
    node = await startCityNode({ mongodbUri: uri, ...ofCity });
    province = await startPlainProvider({
      claims,
      clients: [
        {
          client_id: 'hutong-city',
          client_secret: SECRET,
          redirect_uris: [`${node.issuer}/federation/return/${PROVINCE}`],
          post_logout_redirect_uris: [`${node.issuer}/`],
        },
      ],
    });
    await setPeer({});
  }, 90_000);
  afterAll(async () => {
    await province.stop();
    await node.stop();
  });

  const setPeer = async (more: { state?: PeerState; registration?: Partial<PeerRegistration> }) => {
    const connection = {
      protocol: 'oidc',
      clientId: 'hutong-city',
      addresses: {},
      settings: { scope: 'openid profile real_name id_document' },
    } as const;
    const tables = { levelMap: {}, certificateTypeMap: {} };
    const of = { issuer: province.issuer, connection, ...tables };
    const registration = { ...of, ...own, ...more.registration };
    const { state = 'active' } = more;
    const secrets = { clientSecret: SECRET };
    return savePeer(node.storage, { registration, secrets, state });
  };

  return {
    get node() {
      return node;
    },
    get province() {
      return province;
    },
    get links() {
      return new LinkStore(node.storage);
    },
    setPeer,
    /** On the sign-in page of a system. */
    async begin(
      client: string,
      { browser = new CityBrowser(node.issuer), ...parameters }: BeginOptions = {},
    ): Promise<Arriving> {
      const { pending, visit } = await browser.request(node.client(client), parameters.parameters);
      return { browser, pending, page: visit };
    },
    /** Out to the province as this person there, and back to the first page here. */
    async viaProvince({ browser, pending, page }: Arriving, as: string, level = 3) {
      const back = await toReturn({ browser, page }, as, level);
      return { browser, pending, page: await browser.open(back) };
    },
    /** The address that the province sends the browser back to. */
    toReturn: (at: Pick<Arriving, 'browser' | 'page'>, as: string, level = 3) =>
      toReturn(at, as, level),
  };

  async function toReturn(
    { browser, page }: Pick<Arriving, 'browser' | 'page'>,
    as: string,
    level: number,
  ) {
    province.decision = { accountId: as, level };
    const out = await browser.open(upstreamHref(page));
    const first = nextAddress(out);
    if (!first) throw new Error(`not sent to the province but ${out.status}: ${out.body}`);
    const visit = await browser.visitor.visit(first, (next) => next.origin === node.issuer);
    const back = nextAddress(visit);
    if (!back) throw new Error(`the province answers ${visit.status}: ${visit.body}`);
    return back;
  }
}

/** Presses a button; on a machine that is behind, somebody is asked to try again (503): and does. */
export async function pressPatiently(
  { browser, page }: Pick<Arriving, 'browser' | 'page'>,
  button: string,
): Promise<Visit> {
  let answer = await browser.press(page, button);
  for (let count = 0; answer.status === 503 && count < 10; count += 1) {
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/u);
    answer = await browser.press(page, button);
  }
  return answer;
}

interface BeginOptions {
  browser?: CityBrowser;
  parameters?: RequestParameters;
}

/** The way to a peer on a sign-in page. */
export function upstreamHref(page: Visit, peerId = PROVINCE): string {
  const href = new RegExp(`href="([^"]+)" id="(?:by-${peerId}|go-on)"`, 'u').exec(page.body)?.[1];
  if (href === undefined) throw new Error(`no way to ${peerId} on ${page.url}`);
  return href;
}
