// Which trait a wrong address is told to differ in.
import { describe, expect, test } from 'vitest';
import { uriDifference } from './uri-difference.ts';

const registered = ['https://land.example.gov.cn/callback', 'http://localhost:3000/callback'];

describe('an address that is not registered', () => {
  test.each([
    ['https://land.example.gov.cn/callback/', 'trailing_slash'],
    ['https://land.example.gov.cn/Callback', 'letter_case'],
    ['HTTPS://land.example.gov.cn/callback', 'letter_case'],
    ['http://land.example.gov.cn/callback', 'scheme'],
    ['https://land.example.gov.cn/callback?from=a', 'query'],
    ['https://land.example.gov.cn/callback#a', 'query'],
    ['https://land.example.gov.cn:8443/callback', 'port'],
    ['http://localhost/callback', 'port'],
    ['http://127.0.0.1:3000/callback', 'host'],
    ['https://land.example.gov.cn/cb', 'path'],
    ['https://elsewhere.example.com/cb', 'other'],
    ['callback', 'other'],
    ['', 'other'],
  ])('%s differs in its %s', (received, trait) => {
    expect(uriDifference(received, registered)).toBe(trait);
  });

  test('differs from nothing in nothing more', () => {
    expect(uriDifference('https://land.example.gov.cn/callback', [])).toBe('other');
  });

  test('of another scheme than the web is compared too', () => {
    expect(uriDifference('cn.gov.app:/callback/', ['cn.gov.app:/callback'])).toBe('trailing_slash');
  });
});
