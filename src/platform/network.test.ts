import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { isWithin, networkOf, parseRange } from './network.ts';

describe('the network of an address', () => {
  it.each([
    ['198.51.100.7', '198.51.100.0/24'],
    ['2001:db8:1:2:3::7', '2001:db8:1:2::/64'],
    ['::ffff:198.51.100.7', '198.51.100.0/24'],
    ['unix:', 'unix:'],
  ])('%s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('a range', () => {
  it.each([
    ['192.0.2.2', '192.0.2.1', false],
    ['::1', '0.0.0.0/0', false],
    ['192.0.3.1', '192.0.2.0/24', false],
    ['192.0.2.9', '192.0.2.0/24', true],
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['2001:db8::5', '2001:db8::/32', true],
  ])('asked for %s, %s says %s', (address, range, isIn) => {
    expect(isWithin(ipaddr.process(address), parseRange(range))).toBe(isIn);
  });
});
