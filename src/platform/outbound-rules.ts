// Which addresses an outgoing request may reach: every public one, and of the private and
// special-use ones only those that a `CIDR:port` rule of HUTONG_OUTBOUND_ALLOW names.
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface OutboundRule {
  network: Address;
  prefixLength: number;
  /** Undefined: every port. */
  port: number | undefined;
}

export type OutboundRules = readonly OutboundRule[];

/** For neighbours that the operator named in the configuration, wherever they are. */
export const everyAddress = ['0.0.0.0/0:*', '[::]/0:*'] as const;

/** Reads rules in the form that `loadConfig` has checked. @throws RangeError on another form. */
export function parseOutboundRules(texts: readonly string[]): OutboundRules {
  return texts.map((text) => {
    const match = /^(?:\[([^\]]+)\](\/\d+)?|([\d.]+)(\/\d+)?):(\d{1,5}|\*)$/u.exec(text);
    const host = match?.[1] ?? match?.[3];
    const port = match?.[5];
    if (host === undefined || port === undefined || !ipaddr.isValid(host)) {
      throw new RangeError(`not an outbound rule: ${text}`);
    }
    const prefix = match?.[2] ?? match?.[4];
    const parsed = ipaddr.parse(host);
    const bits = prefix === undefined ? undefined : Number(prefix.slice(1));
    return { ...plainNetwork(parsed, bits), port: port === '*' ? undefined : Number(port) };
  });
}

/** `CIDR:port`; IPv6 in brackets before the prefix length (`[fd00::]/8:443`); port `*` for all. */
export function isOutboundRule(text: string): boolean {
  try {
    return parseOutboundRules([text]).every(
      ({ network, prefixLength, port = 0 }) =>
        prefixLength <= (network.kind() === 'ipv4' ? 32 : 128) && port <= 65_535,
    );
  } catch {
    return false;
  }
}

/** True when a connection to this address (in any notation) and port may be opened. */
export function isAddressAllowed(rules: OutboundRules, address: string, port: number): boolean {
  if (!ipaddr.isValid(address)) return false;
  const target = plainAddress(ipaddr.parse(address));
  if (target.range() === 'unicast') return true;
  return rules.some(
    (rule) =>
      (rule.port === undefined || rule.port === port) &&
      rule.network.kind() === target.kind() &&
      target.match(rule.network, rule.prefixLength),
  );
}

/** An IPv4-mapped IPv6 address reaches the IPv4 host, so it is judged as that. */
function plainAddress(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
    ? address.toIPv4Address()
    : address;
}

function plainNetwork(address: Address, bits: number | undefined) {
  const network = plainAddress(address);
  const length = network.kind() === 'ipv4' ? 32 : 128;
  const mappedBits = network === address ? 0 : 96;
  return { network, prefixLength: Math.max(0, (bits ?? length + mappedBits) - mappedBits) };
}
