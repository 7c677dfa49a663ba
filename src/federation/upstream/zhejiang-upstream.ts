// Sign-in through Zhejiang's platform. Persons: a ticket, exchanged for a token and that for the user, with
// questions signed by MD5. Legal entities: an `ssotoken`, exchanged for the organisation. Addresses: `login`
// and `service` (persons), `entityLogin` and `entityQuery` (organisations), `signOut` where there is one.
// Settings: `subject_kind` (`legal_entity` for organisations), `codes_…`.
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
import type { UpstreamDependencies } from './oidc-upstream.ts';
import { asText, isRecord } from './stated-fields.ts';
import { answerOf, failed, isTicketForm } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';
import { mapZhejiangUser, zhejiangLevelNamed } from './zhejiang-mapping.ts';

const ACCEPTED = '0';

type ServiceAnswer = { ok: true; answer: JsonAnswer } | Failed;

export function createZhejiangUpstream(deps: UpstreamDependencies): UpstreamAdapter {
  const { clock } = deps;

  async function person(of: UpstreamPeer, ticket: string): Promise<UpstreamAnswer> {
    const { service } = of.peer.connection.addresses;
    const validated = await ask(deps, of, {
      address: service,
      parameters: { method: 'ticketValidation', st: ticket },
      isOfTicket: true,
    });
    if (!validated.ok) return validated;
    const { token, userid } = validated.answer;
    if (typeof token !== 'string') return failed('unavailable', 'answer_malformed');
    const found = await ask(deps, of, {
      address: service,
      parameters: { method: 'getUserInfo', token },
    });
    if (!found.ok) return found;
    if (userid !== undefined && asText(userid) !== asText(found.answer['userid'])) {
      return failed('contradictory', 'subject_swapped');
    }
    return answerOf(mapZhejiangUser(of.peer, found.answer, clock.now()));
  }

  async function organisation(of: UpstreamPeer, ssotoken: string): Promise<UpstreamAnswer> {
    const { entityQuery } = of.peer.connection.addresses;
    const found = await ask(deps, of, {
      address: entityQuery,
      parameters: { ssotoken },
      isOfTicket: true,
    });
    if (!found.ok) return found;
    const { info } = found.answer;
    if (!isRecord(info)) return failed('unavailable', 'answer_malformed');
    return answerOf(mapZhejiangUser(of.peer, info, clock.now()));
  }

  async function complete(
    of: UpstreamPeer,
    request: UpstreamRequest,
    callback: UpstreamCallback,
  ): Promise<UpstreamAnswer> {
    if (!isOfRequest(request, callback)) return failed('invalid', 'state_wrong');
    // What was not asked for is not accepted: a person's ticket opens no organisation.
    const ticket = isForEntities(of.peer) ? callback['ssotoken'] : callback['ticket'];
    if (ticket === undefined) return failed('refused', 'no_ticket');
    if (!isTicketForm(ticket)) return failed('replayed', 'ticket_not_accepted');
    return isForEntities(of.peer) ? organisation(of, ticket) : person(of, ticket);
  }

  return {
    begin: async (of, request) => loginPage(of, request),
    complete,
    signOutPage: async ({ peer }, { returnTo }) =>
      plainSignOutPage(peer, returnTo, { client: 'servicecode', returnTo: 'goto' }),
    levelNamed: zhejiangLevelNamed,
    readSample: (peer, sample) => mapZhejiangUser(peer, infoOf(sample), clock.now()),
  };
}

interface ServiceQuestion {
  address: string | undefined;
  parameters: Readonly<Record<string, string>>;
  /** It hands in what the browser has brought. */
  isOfTicket?: boolean;
}

async function ask(
  { fetch, clock }: UpstreamDependencies,
  { peer, secrets }: UpstreamPeer,
  { address, parameters, isOfTicket = false }: ServiceQuestion,
): Promise<ServiceAnswer> {
  const { clientSecret: servicepwd } = secrets;
  if (servicepwd === undefined) return failed('unavailable', 'client_credential_missing');
  const servicecode = peer.connection.clientId;
  const time = chinaTime(clock.now());
  const sign = createHash('md5').update(`${servicecode}${servicepwd}${time}`).digest('hex');
  const body = new URLSearchParams({ servicecode, time, sign, datatype: 'json', ...parameters });
  const asked = await askJson(fetch, { address, body });
  if (!asked.ok) return asked;
  const code = codeOf(asked.answer);
  if (code === undefined) return failed('unavailable', 'answer_malformed');
  if (code === ACCEPTED) return { ok: true, answer: asked.answer };
  return codeMeaning(peer, code) ?? unexplained(isOfTicket);
}

function isForEntities({ connection }: Peer): boolean {
  return connection.settings['subject_kind'] === 'legal_entity';
}

function loginPage({ peer }: UpstreamPeer, request: UpstreamRequest): UpstreamBegun {
  const goto = returnAddress(peer, request);
  return isForEntities(peer)
    ? pageAt(peer, 'entityLogin', { spappurl: goto })
    : pageAt(peer, 'login', {
        action: request.isRegistration ? 'mobileRegisterUser' : 'ssoLogin',
        servicecode: peer.connection.clientId,
        goto,
      });
}

/** `result` for persons, `errCode` for organisations. */
function codeOf({ result, errCode }: JsonAnswer): string | undefined {
  const code = result ?? errCode;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined;
}

/** A code that nobody has explained: of a ticket it is most often one that is used or too old. */
function unexplained(isOfTicket: boolean): Failed {
  return isOfTicket
    ? failed('replayed', 'ticket_not_accepted')
    : failed('unavailable', 'request_not_accepted');
}

function infoOf(sample: unknown): unknown {
  return isRecord(sample) && isRecord(sample['info']) ? sample['info'] : sample;
}
