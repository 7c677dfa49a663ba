import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointUriProblem, linkUriProblem, redirectUriProblem } from './client-uri.ts';

describe('redirect addresses', () => {
  it.each([
    ['http://portal.example.gov.cn/cb', 'uri_not_https'],
    ['http://10.0.0.1/cb', 'uri_not_https'],
    ['http://localhost.example.com/cb', 'uri_not_https'],
    ['http://127.0.0.1.example.com/cb', 'uri_not_https'],
    ['https://portal.example.gov.cn/cb#top', 'uri_fragment'],
    ['https://portal.example.gov.cn/cb#', 'uri_fragment'],
    ['https://*.example.gov.cn/cb', 'uri_wildcard'],
    ['https://portal.example.gov.cn/*', 'uri_wildcard'],
    ['https://user:pass@portal.example.gov.cn/cb', 'uri_credentials'],
    ['cn.gov.example:/cb', 'uri_not_https'],
    ['javascript:alert(1)', 'uri_not_https'],
    ['https://portal;sandbox/cb', 'uri_invalid'],
    ['https://a,b.example.gov.cn/cb', 'uri_invalid'],
    ["https://a'b.example.gov.cn/cb", 'uri_invalid'],
    ['/cb', 'uri_invalid'],
    ['portal.example.gov.cn/cb', 'uri_invalid'],
    ['https://portal.example.gov.cn/回调', 'uri_invalid'],
    ['https://portal.example.gov.cn/a b', 'uri_invalid'],
    ['https://portal.example.gov.cn\\@evil.example/cb', 'uri_invalid'],
    ['', 'uri_invalid'],
  ])('of a web client refuse %s', (uri, code) => {
    expect(redirectUriProblem(uri, 'web')).toBe(code);
  });

  it.each([
    ['myapp:/cb', 'uri_scheme_without_domain'],
    ['javascript:alert(1)', 'uri_scheme_forbidden'],
    ['data:text/html,x', 'uri_scheme_forbidden'],
    ['https://localhost/cb', 'uri_https_loopback'],
    ['http://app.example.gov.cn/cb', 'uri_not_https'],
  ])('of a native client refuse %s', (uri, code) => {
    expect(redirectUriProblem(uri, 'native')).toBe(code);
  });

  it.each([
    'https://portal.example.gov.cn/cb',
    'https://portal.example.gov.cn:8443/cb?tenant=1',
    'http://localhost:3000/cb',
    'http://127.0.0.1:3000/cb',
    'http://[::1]/cb',
    'http://app.localhost/cb',
    'https://localhost.emobix.co.uk:8443/test/a/x/callback',
  ])('of a web client accept %s', (uri) => {
    expect(redirectUriProblem(uri, 'web')).toBeUndefined();
  });

  it.each(['cn.gov.example.app:/cb', 'http://127.0.0.1/cb', 'https://app.example.gov.cn/cb'])(
    'of a native client accept %s',
    (uri) => {
      expect(redirectUriProblem(uri, 'native')).toBeUndefined();
    },
  );

  it('never accept a browser script, whatever surrounds it', () => {
    const scheme = fc.constantFrom('javascript', 'JavaScript', 'data', 'vbscript', 'file', 'blob');
    fc.assert(
      fc.property(scheme, fc.string(), fc.constantFrom('web', 'native'), (name, path, type) => {
        expect(redirectUriProblem(`${name}:${path}`, type as 'web')).toBeDefined();
      }),
    );
  });

  it('are accepted only if they lead over https or to this machine', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (uri) => {
        if (redirectUriProblem(uri, 'web') !== undefined) return;
        expect(new URL(uri).protocol).toBe('https:');
        expect(uri).not.toMatch(/[#*]/u);
      }),
    );
  });
});

describe('other addresses', () => {
  it('are called over https, or http on this machine', () => {
    expect(endpointUriProblem('http://department.example/logout')).toBe('uri_not_https');
    expect(endpointUriProblem('ftp://department.example/logout')).toBe('uri_not_https');
    expect(endpointUriProblem('http://127.0.0.1:8102/logout')).toBeUndefined();
  });

  it('are shown as links when a browser can open them safely', () => {
    expect(linkUriProblem('javascript:alert(1)')).toBe('uri_not_web');
    expect(linkUriProblem('http://www.example.gov.cn/')).toBeUndefined();
  });
});
