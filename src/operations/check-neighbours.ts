// What doctor says of those that the product talks to: the addresses that clients registered, and
// the gateways for mail and text messages. Any answer counts: only that they can be reached.
import { createTransport } from 'nodemailer';
import { describeOutboundFailure } from '../platform/outbound-failure.ts';
import type { Finding } from './doctor.ts';

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

export interface ClientAddress {
  clientId: string;
  /** Metadata name, e.g. `jwks_uri`. */
  name: string;
  url: string;
}

const AT_ONCE = 8;
const MAIL_TIMEOUT_MS = 5000;
const called = [
  'account_events_uri',
  'backchannel_logout_uri',
  'jwks_uri',
  'mandate_events_uri',
  'sector_identifier_uri',
] as const;

/** What of a registration our own processes call. */
export function calledAddresses(clientId: string, registration: object): ClientAddress[] {
  const metadata = registration as Readonly<Record<string, unknown>>;
  return called.flatMap((name) => {
    const url = metadata[name];
    return typeof url === 'string' ? [{ clientId, name, url }] : [];
  });
}

export async function checkClients(
  fetch: Fetch,
  addresses: readonly ClientAddress[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const waiting = [...addresses];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const why = await reach(fetch, next.url);
      if (why === undefined) continue;
      const { clientId, name } = next;
      const values = { client: clientId, name, host: new URL(next.url).host, why };
      findings.push({ severity: 'warning', code: 'unreachable', values });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const count = addresses.length - findings.length;
  return [...findings, { severity: 'ok', code: 'reachable', values: { count } }];
}

export async function checkGateways(
  fetch: Fetch,
  config: { mail: { smtpUrl: string | undefined }; sms: { gateways: readonly { url: string }[] } },
): Promise<Finding[]> {
  const { smtpUrl } = config.mail;
  const { gateways } = config.sms;
  const [mailProblem, smsFindings] = await Promise.all([
    smtpUrl === undefined ? Promise.resolve(undefined) : mailServerProblem(smtpUrl),
    Promise.all(gateways.map(async ({ url }) => judgeGateway('sms', url, await reach(fetch, url)))),
  ]);
  return [
    judgeGateway('mail', smtpUrl, mailProblem),
    ...(gateways.length === 0 ? [judgeGateway('sms', undefined, undefined)] : smsFindings),
  ];
}

function judgeGateway(
  lane: 'mail' | 'sms',
  url: string | undefined,
  why: string | undefined,
): Finding {
  const code = (state: 'missing' | 'answers' | 'unreachable') => `${lane}.${state}`;
  if (url === undefined) return { severity: 'warning', code: code('missing') };
  if (why === undefined) return { severity: 'ok', code: code('answers') };
  const { host } = new URL(url);
  return { severity: 'failed', code: code('unreachable'), values: { host, why } };
}

/** Undefined when something answered, whatever it said. */
async function reach(fetch: Fetch, url: string): Promise<string | undefined> {
  try {
    await fetch(url, { method: 'GET' });
    return undefined;
  } catch (error) {
    return describeOutboundFailure(error) ?? 'failed';
  }
}

async function mailServerProblem(url: string): Promise<string | undefined> {
  const times = {
    connectionTimeout: MAIL_TIMEOUT_MS,
    greetingTimeout: MAIL_TIMEOUT_MS,
    socketTimeout: MAIL_TIMEOUT_MS,
  };
  const transport = createTransport({ url, ...times });
  try {
    await transport.verify();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  } finally {
    transport.close();
  }
}
