// Sign-in through a JIS platform (Shandong, Jiangsu): a ticket in the address of return, and a gateway that
// takes signed questions. Addresses: `login`, `gateway`, and `signOut` where there is one. Settings:
// `user_type` (1 persons, 2 organisations), `data_encryption`, `codes_…`.
import { createHash } from 'node:crypto';
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
  chinaTime,
  codeMeaning,
  isOfRequest,
  pageAt,
  plainSignOutPage,
  returnAddress,
} from './dialect-request.ts';
import type { JsonAnswer } from './dialect-request.ts';
import { readJisData } from './jis-data.ts';
import { jisPersonDialect, mapJisUser } from './jis-mapping.ts';
import type { UpstreamDependencies } from './oidc-upstream.ts';
import { levelNamed } from './stated-fields.ts';
import { answerOf, failed, isTicketForm } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';

const ACCEPTED = '000000';
const PERSON = '1';

type GatewayAnswer = { ok: true; data: JsonAnswer } | Failed;

export function createJisUpstream({ fetch, clock }: UpstreamDependencies): UpstreamAdapter {
  async function ask(
    { peer, secrets }: UpstreamPeer,
    servicename: string,
    params: object,
  ): Promise<GatewayAnswer> {
    const { clientSecret: appword } = secrets;
    if (appword === undefined) return failed('unavailable', 'client_credential_missing');
    const { addresses, clientId: appmark, settings } = peer.connection;
    const time = chinaTime(clock.now());
    const sign = createHash('md5').update(`${appmark}${appword}${time}`).digest('hex');
    const asked = await askJson(fetch, {
      address: addresses['gateway'],
      body: { json: { appmark, time, sign, servicename, params: JSON.stringify(params) } },
    });
    if (!asked.ok) return asked;
    const { retcode } = asked.answer;
    if (typeof retcode !== 'string') return failed('unavailable', 'answer_malformed');
    if (retcode !== ACCEPTED) return gatewayFailure(peer, servicename, retcode);
    const encryption = settings['data_encryption'];
    const data = readJisData(asked.answer['data'], { encryption, appword });
    return data ? { ok: true, data } : failed('invalid', 'data_unreadable');
  }

  async function complete(
    of: UpstreamPeer,
    request: UpstreamRequest,
    callback: UpstreamCallback,
  ): Promise<UpstreamAnswer> {
    if (!isOfRequest(request, callback)) return failed('invalid', 'state_wrong');
    const { ticket } = callback;
    if (ticket === undefined) return failed('refused', 'no_ticket');
    if (!isTicketForm(ticket)) return failed('replayed', 'ticket_not_accepted');
    const validated = await ask(of, TICKET_SERVICE, { ticket });
    if (!validated.ok) return validated;
    const { token, usertype } = validated.data;
    if (typeof token !== 'string') return failed('unavailable', 'answer_malformed');
    const isPerson = String(usertype) === PERSON;
    const service = isPerson ? 'findOutsideUserByToken' : 'findCorUserByToken';
    const found = await ask(of, service, { token });
    if (!found.ok) return found;
    return answerOf(mapJisUser(of.peer, { ...found.data, usertype }, clock.now()));
  }

  return {
    neededAddresses: ['login', 'gateway'],
    begin: async ({ peer }, request) => loginPage(peer, request),
    complete,
    signOutPage: async ({ peer }, { returnTo }) =>
      plainSignOutPage(peer, returnTo, { client: 'appMark', returnTo: 'backUrl' }),
    levelNamed: (peer, name) => levelNamed(peer, jisPersonDialect, name),
    readSample: (peer, sample) => mapJisUser(peer, sample, clock.now()),
  };
}

const TICKET_SERVICE = 'ticketValidate';

function loginPage(peer: Peer, request: UpstreamRequest): UpstreamBegun {
  const { clientId, settings } = peer.connection;
  return pageAt(peer, 'login', {
    appMark: clientId,
    userType: settings['user_type'] ?? PERSON,
    gbTrust: 'false',
    backUrl: returnAddress(peer, request),
  });
}

/** A code that nobody has explained: of a ticket it is most often one that is used or too old. */
function gatewayFailure(peer: Peer, servicename: string, retcode: string): Failed {
  const meaning = codeMeaning(peer, retcode);
  if (meaning) return meaning;
  return servicename === TICKET_SERVICE
    ? failed('replayed', 'ticket_not_accepted')
    : failed('unavailable', 'request_not_accepted');
}
