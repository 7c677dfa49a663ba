import { describe, expect, it } from 'vitest';
import { everyAddress, isAddressAllowed, parseOutboundRules } from './outbound-rules.ts';

const none = parseOutboundRules([]);

describe('without rules', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.9',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'not an address',
  ])('refuses %s', (address) => {
    expect(isAddressAllowed(none, address, 443)).toBe(false);
  });

  it.each(['1.1.1.1', '114.114.114.114', '2400:3200::1', '::ffff:1.1.1.1'])(
    'allows the public %s',
    (address) => {
      expect(isAddressAllowed(none, address, 443)).toBe(true);
    },
  );
});

describe('with rules', () => {
  const rules = parseOutboundRules(['10.8.0.0/16:8443', '127.0.0.1:*', '[fd00::]/8:443']);

  it('refuses another port of an allowed network', () => {
    expect(isAddressAllowed(rules, '10.8.1.1', 8443)).toBe(true);
    expect(isAddressAllowed(rules, '10.8.1.1', 443)).toBe(false);
  });

  it('refuses the neighbour of an allowed network', () => {
    expect(isAddressAllowed(rules, '10.9.0.1', 8443)).toBe(false);
    expect(isAddressAllowed(rules, '127.0.0.2', 80)).toBe(false);
  });

  it('judges an IPv4-mapped address as the IPv4 address that it reaches', () => {
    expect(isAddressAllowed(rules, '::ffff:10.8.1.1', 8443)).toBe(true);
    expect(isAddressAllowed(rules, '::ffff:10.9.1.1', 8443)).toBe(false);
  });

  it('reads a rule that is written IPv4-mapped', () => {
    const mapped = parseOutboundRules(['[::ffff:10.8.0.0]/112:443']);
    expect(isAddressAllowed(mapped, '10.8.200.1', 443)).toBe(true);
    expect(isAddressAllowed(mapped, '10.9.0.1', 443)).toBe(false);
  });

  it('allows IPv6 networks', () => {
    expect(isAddressAllowed(rules, 'fd12::1', 443)).toBe(true);
    expect(isAddressAllowed(rules, 'fc12::1', 443)).toBe(false);
  });

  it('can allow everything for neighbours that the operator named', () => {
    const open = parseOutboundRules(everyAddress);
    expect(isAddressAllowed(open, '127.0.0.1', 25)).toBe(true);
    expect(isAddressAllowed(open, '::1', 25)).toBe(true);
  });

  it('throws on a rule of another form', () => {
    expect(() => parseOutboundRules(['10.0.0.0/8'])).toThrow(RangeError);
    expect(() => parseOutboundRules(['999.0.0.0/8:1'])).toThrow(RangeError);
  });
});
