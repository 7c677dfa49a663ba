// Sign-in through a platform of the tif dialect (Guangdong): OAuth 2.0 code with three GETs of its own.
// Addresses: `authorize`, `token`, `userinfo` (tokeninfo), and `signOut` where there is one.
import type { Peer } from '../../peers/peer.ts';
import type {
  UpstreamAdapter,
  UpstreamAnswer,
  UpstreamBegun,
  UpstreamCallback,
  UpstreamPeer,
  UpstreamRequest,
} from '../upstream-identity.ts';
import {
  askJson,
  codeMeaning,
  isOfRequest,
  pageAt,
  plainSignOutPage,
  returnAddress,
  stateParameter,
} from './dialect-request.ts';
import type { JsonAnswer } from './dialect-request.ts';
import type { UpstreamDependencies } from './oidc-upstream.ts';
import { openEnvelope, unwrapped } from './tif-envelope.ts';
import { mapTifUser, tifLevelNamed } from './tif-mapping.ts';
import { answerOf, failed, isTicketForm, tokenEndpointFailure } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';

const SCOPE = 'all';

export function createTifUpstream({ fetch, clock }: UpstreamDependencies): UpstreamAdapter {
  async function complete(
    of: UpstreamPeer,
    request: UpstreamRequest,
    callback: UpstreamCallback,
  ): Promise<UpstreamAnswer> {
    const { peer } = of;
    if (!isOfRequest(request, callback)) return failed('invalid', 'state_wrong');
    const { code } = callback;
    if (code === undefined) return failed('refused', 'no_code');
    if (!isTicketForm(code)) return failed('replayed', 'code_not_accepted');
    const token = await accessToken(of, request, code);
    if (!token.ok) return token;
    const asked = await askJson(fetch, {
      address: peer.connection.addresses['userinfo'],
      query: { access_token: token.value },
    });
    if (!asked.ok) return asked;
    const opened = await openEnvelope(peer, asked.answer, clock.now());
    if (!opened.ok) return opened;
    if (asked.status !== 200 || !('userobj' in opened.content)) {
      return userFailure(peer, opened.content);
    }
    return answerOf(mapTifUser(peer, opened.content, clock.now()));
  }

  /** By GET with the secret in the address, as the platform wants it: between the servers alone. */
  async function accessToken(
    { peer, secrets }: UpstreamPeer,
    request: UpstreamRequest,
    code: string,
  ): Promise<{ ok: true; value: string } | Failed> {
    if (secrets.clientSecret === undefined)
      return failed('unavailable', 'client_credential_missing');
    const asked = await askJson(fetch, {
      address: peer.connection.addresses['token'],
      query: {
        client_id: peer.connection.clientId,
        code,
        scope: peer.connection.settings['scope'] ?? SCOPE,
        client_secret: secrets.clientSecret,
        grant_type: 'authorization_code',
        redirect_uri: returnAddress(peer, request),
      },
    });
    if (!asked.ok) return asked;
    const content = unwrapped(asked.answer) ?? {};
    const { access_token: value } = content;
    if (typeof value === 'string' && value !== '') return { ok: true, value };
    return tokenFailure(asked.status, content);
  }

  return {
    neededAddresses: ['authorize', 'token', 'userinfo'],
    begin: async ({ peer }, request) => authorizationPage(peer, request),
    complete,
    signOutPage: async ({ peer }, { returnTo }) =>
      plainSignOutPage(peer, returnTo, { client: 'client_id', returnTo: 'redirect_uri' }),
    levelNamed: tifLevelNamed,
    readSample: (peer, sample) => mapTifUser(peer, unwrappedSample(sample), clock.now()),
  };
}

function authorizationPage(peer: Peer, request: UpstreamRequest): UpstreamBegun {
  return pageAt(peer, 'authorize', {
    service: 'initService',
    response_type: 'code',
    client_id: peer.connection.clientId,
    scope: peer.connection.settings['scope'] ?? SCOPE,
    redirect_uri: returnAddress(peer, request),
    ...stateParameter(peer, request),
  });
}

/** OAuth's own words where it uses them; a refusal without any is most often a code that is used up. */
function tokenFailure(status: number, { error }: JsonAnswer): Failed {
  if (typeof error === 'string') return tokenEndpointFailure(error);
  if (status >= 400) return failed('replayed', 'code_not_accepted');
  return failed('unavailable', 'answer_malformed');
}

function userFailure(peer: Peer, { error, errcode }: JsonAnswer): Failed {
  const code = error ?? errcode;
  const meaning =
    typeof code === 'string' || typeof code === 'number'
      ? codeMeaning(peer, String(code))
      : undefined;
  return meaning ?? failed('unavailable', 'token_not_accepted');
}

function unwrappedSample(sample: unknown): unknown {
  const isObject = typeof sample === 'object' && sample !== null && !Array.isArray(sample);
  return isObject ? (unwrapped(sample as JsonAnswer) ?? sample) : sample;
}
