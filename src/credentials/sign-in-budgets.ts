// Which budgets an attempt to sign in draws from: (a) of a known device, (b) and (c) of unknown ones;
// platform/limits-config.ts has the numbers. What a stranger can see (a proof of work, a hint) is
// counted under the typed login; what only decides inside is counted under the account. So no two
// logins show that they are the same person's.
import ipaddr from 'ipaddr.js';
import type { BudgetRule } from './budget-store.ts';
import type { Limits } from '../platform/limits-config.ts';
import { isWithin, networkOf, parseRange } from '../platform/network.ts';

type SignInLimits = Limits['signIn'];

const CODE_PAUSE_SECONDS = 60;
const DAY_SECONDS = 86_400;

/** An address with the network it belongs to: /24 for IPv4, /64 for IPv6. */
export interface AddressScope {
  address: string;
  network: string;
  /** The unit one subscriber moves in freely: the address itself, or the /64 of IPv6. */
  source: string;
}

/** Text that is no address (a unix socket) is one scope of its own. */
export function addressScope(text: string): AddressScope {
  const network = networkOf(text);
  if (!ipaddr.isValid(text)) return { address: text, network, source: text };
  const parsed = ipaddr.process(text);
  const address = parsed.toString();
  return { address, network, source: parsed.kind() === 'ipv6' ? network : address };
}

/** The configured rule of a hall, kiosk or test host, the most specific first. */
export function configuredAddress(
  limits: SignInLimits,
  text: string,
): SignInLimits['addresses'][number] | undefined {
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.process(text);
  return limits.addresses
    .filter(({ cidr }) => isWithin(address, parseRange(cidr)))
    .sort((a, b) => parseRange(b.cidr)[1] - parseRange(a.cidr)[1])[0];
}

/** Budgets of where an attempt comes from; a configured address has its own and no network's. */
export function addressBudgets(limits: SignInLimits, text: string): BudgetRule[] {
  const scope = addressScope(text);
  const configured = configuredAddress(limits, text);
  if (configured) {
    const { attempts, windowSeconds } = configured;
    return [{ key: `address:${scope.address}`, attempts, windowSeconds }];
  }
  return [
    { key: `address:${scope.address}`, ...limits.perAddress },
    { key: `network:${scope.network}`, ...limits.perNetwork },
  ];
}

/** (b) and (c): all devices that never signed this account in. */
export function unknownDeviceBudgets(
  limits: SignInLimits,
  subject: string,
  address: string,
): BudgetRule[] {
  const { source } = addressScope(address);
  return [
    { key: `account-address:${subject}:${source}`, ...limits.unknownDevicePerAddress },
    { key: `account-hour:${subject}`, ...limits.unknownDevicesPerHour },
    { key: `account-day:${subject}`, ...limits.unknownDevicesPerDay },
  ];
}

/** (a): one device that has. */
export function knownDeviceBudget(limits: SignInLimits, budgetId: string): BudgetRule {
  return { key: `device:${budgetId}`, ...limits.knownDevice };
}

/** Codes from all devices that never proved one: per address, and of a day. */
export function secondFactorBudgets(
  limits: SignInLimits,
  accountId: string,
  address: string,
): BudgetRule[] {
  const { source } = addressScope(address);
  return [
    { key: `second-factor:${accountId}:${source}`, ...limits.secondFactor },
    { key: `second-factor-day:${accountId}`, ...limits.secondFactorUnknownDevicesPerDay },
  ];
}

/** Codes from one device that has. */
export function secondFactorDeviceBudget(limits: SignInLimits, budgetId: string): BudgetRule {
  return { key: `second-factor-device:${budgetId}`, ...limits.secondFactorKnownDevice };
}

/** Passkeys from devices that never signed the account in: not those of passwords, so that whoever
 * guesses passwords behind one address closes no passkey. */
export function passkeyBudgets(limits: SignInLimits, text: string): BudgetRule[] {
  return addressBudgets(limits, text).map((rule) => ({ ...rule, key: `passkey-${rule.key}` }));
}

/** Passkeys from one device that has. */
export function passkeyDeviceBudget(limits: SignInLimits, budgetId: string): BudgetRule {
  return { key: `passkey-device:${budgetId}`, ...limits.knownDevice };
}

/** One notice a day that somebody guesses. */
export function guessNoticeBudget(accountId: string): BudgetRule {
  return { key: `second-factor-notice:${accountId}`, attempts: 1, windowSeconds: DAY_SECONDS };
}

/** Codes that confirm one enrolment: whoever types them has the secret before him. */
export function enrolmentBudget(limits: SignInLimits, pendingId: string): BudgetRule {
  return { key: `enrolment:${pendingId}`, ...limits.secondFactor };
}

/** One code a minute to one receiver, whichever page asks. */
export function codePauseBudget(receiver: string): BudgetRule {
  return { key: `code-pause:${receiver}`, attempts: 1, windowSeconds: CODE_PAUSE_SECONDS };
}

/** Codes of a day: to one receiver, and for one address; a configured address has its own. */
export function codeSendingBudgets(
  limits: SignInLimits,
  receiver: string,
  address: string,
): BudgetRule[] {
  const configured = configuredAddress(limits, address);
  const { attempts, windowSeconds } = configured ?? limits.codesPerAddress;
  const { source, network } = addressScope(address);
  const ofNetwork = { key: `code-network:${network}`, ...limits.codesPerNetwork };
  return [
    { key: `code-receiver:${receiver}`, ...limits.codesPerContact },
    { key: `code-address:${source}`, attempts, windowSeconds },
    ...(configured ? [] : [ofNetwork]),
  ];
}

/** Failures that make a proof of work due: of the typed login, and of an ordinary address. */
export function failureCounters(
  limits: SignInLimits,
  canonicalLogin: string,
  address: string,
): BudgetRule[] {
  const login = { key: `failed-login:${canonicalLogin}`, ...limits.unknownDevicePerAddress };
  if (configuredAddress(limits, address)) return [login];
  const { source } = addressScope(address);
  return [login, { key: `failed-address:${source}`, ...limits.perAddress }];
}

/** Failures beyond those that cost nothing, of the counter that has most. */
export function beyondFree(limits: Limits['signIn'], counts: readonly number[]): number {
  const most = Math.max(0, ...counts);
  return Math.max(0, most - limits.proofOfWorkAfterFailures + 1);
}
