// Networks of addresses: the one an address belongs to, and those that somebody named.
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** The first address and how many bits all of the range have in common with it. */
export type AddressRange = readonly [base: Address, bits: number];

/** The /24 of an IPv4 address, the /64 of an IPv6 one. Text that is no address is its own network. */
export function networkOf(text: string): string {
  if (!ipaddr.isValid(text)) return text;
  const address = ipaddr.process(text);
  return address instanceof ipaddr.IPv4
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/24`).toString()}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString()}/64`;
}

/** Reads a CIDR, or an address as the range of itself. @throws Error for any other text. */
export function parseRange(text: string): AddressRange {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

export function isWithin(address: Address, [base, bits]: AddressRange): boolean {
  return base.kind() === address.kind() && address.match(base, bits);
}
