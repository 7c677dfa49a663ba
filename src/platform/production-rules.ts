// What production refuses: settings of a demonstration, and keys that somebody typed.
import ipaddr from 'ipaddr.js';
import type { SettingValues } from './settings.ts';

type Values = Partial<SettingValues>;

/** 32 random bytes have about 30 different ones, and hardly ever fewer than 20. */
const LEAST_DIFFERENT_BYTES = 20;
const EVERYBODY = new Set(['0.0.0.0/0', '::/0']);
const UNREACHABLE_HOST = /^(?:localhost|.*\.(?:localhost|local|test|invalid|example))$/u;

/** All of them, as lines that begin with the name of the setting. Settings that failed are absent. */
export function productionProblems(values: Values): string[] {
  return [
    ...issuerProblems(values.HUTONG_PUBLIC_URL),
    ...keyProblems(values.HUTONG_MASTER_KEY),
    ...networkProblems(values),
    ...databaseProblems(values.MONGODB_URI),
    ...messageProblems(values),
    ...(values.HUTONG_LOG_LEVEL === 'silent'
      ? ['HUTONG_LOG_LEVEL: production must not be silent']
      : []),
  ];
}

function issuerProblems(text: string | undefined): string[] {
  if (text === undefined) return ['HUTONG_PUBLIC_URL: production needs an https issuer'];
  const { protocol, hostname } = new URL(text);
  if (protocol !== 'https:') return ['HUTONG_PUBLIC_URL: production needs an https issuer'];
  if (UNREACHABLE_HOST.test(hostname) || isLoopback(hostname)) {
    return [`HUTONG_PUBLIC_URL: nobody can reach ${hostname} from another machine`];
  }
  return [];
}

function keyProblems(key: Buffer | undefined): string[] {
  if (key === undefined || isRandom(key)) return [];
  return [
    'HUTONG_MASTER_KEY: is not random; make one with "openssl rand -base64 32 | tr +/ -_ | tr -d ="',
  ];
}

/** Patterns and phrases fail; that random bytes do is less likely than one in a million million. */
function isRandom(key: Buffer): boolean {
  const steps = key.map((byte, index) => (byte - (key[index - 1] ?? 0)) & 0xff);
  const isText = key.every((byte) => byte >= 0x20 && byte < 0x7f);
  const different = (bytes: Uint8Array) => new Set(bytes).size;
  return !isText && Math.min(different(key), different(steps)) >= LEAST_DIFFERENT_BYTES;
}

function networkProblems(values: Values): string[] {
  const { HUTONG_TRUSTED_PROXIES: proxies = [], HUTONG_OUTBOUND_ALLOW: rules = [] } = values;
  const problems: string[] = [];
  if (proxies.some((range) => EVERYBODY.has(range))) {
    problems.push('HUTONG_TRUSTED_PROXIES: everybody could claim any address');
  }
  for (const rule of rules) {
    const host = rule.replace(/:[^:]*$/u, '').replaceAll(/[[\]]/gu, '');
    if (EVERYBODY.has(host) || isLoopback(host.split('/')[0] ?? '')) {
      problems.push(`HUTONG_OUTBOUND_ALLOW: ${rule} lets clients name addresses of this machine`);
    }
  }
  return problems;
}

function databaseProblems(uri: string | undefined): string[] {
  if (uri === undefined) return [];
  const [, authority = ''] = /^mongodb(?:\+srv)?:\/\/([^/?]*)/u.exec(uri) ?? [];
  const hosts = authority.split('@').at(-1)?.split(',') ?? [];
  const isOwn = hosts.every((host) => {
    const name = host.replace(/:\d+$/u, '').replaceAll(/[[\]]/gu, '');
    return name === 'localhost' || isLoopback(name);
  });
  const hasCredentials = authority.includes('@') || /[?&]authMechanism=/u.test(uri);
  return hasCredentials || isOwn ? [] : ['MONGODB_URI: the database asks nobody for a password'];
}

function messageProblems(values: Values): string[] {
  const { HUTONG_SMTP_URL: mail, HUTONG_MAIL_FROM: from = '', HUTONG_SMS_URL: sms } = values;
  const problems: string[] = [];
  if (mail !== undefined && from.endsWith('@localhost')) {
    problems.push('HUTONG_MAIL_FROM: people could not answer an address at localhost');
  }
  if (sms?.startsWith('http:') && !isLoopback(new URL(sms).hostname)) {
    problems.push('HUTONG_SMS_URL: codes and the gateway key would cross the network in the clear');
  }
  return problems;
}

function isLoopback(host: string): boolean {
  const address = host.replaceAll(/[[\]]/gu, '');
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}
