// Headers of every answer, the computed parts of the content security policy, cookie names.
import { afterEach, describe, expect, it } from 'vitest';
import { PAGE, send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer, TestServerOptions } from '../../../test/support/http-server.ts';
import { allowFormAction, allowFrames, isolateContent, cookieNames } from './headers.ts';
import type { HttpContext } from './context.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

async function answerOf(handle: (ctx: HttpContext) => void, options: TestServerOptions = {}) {
  await server?.close();
  server = await startHttpServer({ ...options, extend: (app) => app.use((ctx) => handle(ctx)) });
  const headers = { ...PAGE, 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' };
  return send(server, { path: '/', headers });
}

const page = (ctx: HttpContext) => ctx.render('platform/index', {});

function directives(policy: string | undefined): Map<string, string> {
  return new Map(
    String(policy)
      .split('; ')
      .map((directive) => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values.join(' ')];
      }),
  );
}
const policyOf = (answer: { headers: Record<string, unknown> }) =>
  directives(String(answer.headers['content-security-policy']));

describe('every page', () => {
  it('is not stored, framed, sniffed or named to other sites', async () => {
    const { headers } = await answerOf(page);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['permissions-policy']).toContain('camera=()');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  it('allows no script, style or form but our own, by a nonce that changes', async () => {
    const first = policyOf(await answerOf(page));
    const second = policyOf(await answerOf(page));
    expect(first.get('default-src')).toBe("'none'");
    expect(first.get('base-uri')).toBe("'none'");
    expect(first.get('frame-ancestors')).toBe("'none'");
    expect(first.get('form-action')).toBe("'self'");
    expect(first.get('frame-src')).toBe("'none'");
    expect(first.get('script-src')).toMatch(/^'nonce-[\w+/]{22}==' 'strict-dynamic'$/u);
    expect(first.get('script-src')).not.toBe(second.get('script-src'));
    expect([...first.values()].join(' ')).not.toContain('unsafe');
  });

  it('carries the nonce on its script and has no inline handler', async () => {
    const answer = await answerOf(page);
    const nonce = /'nonce-(?<value>[^']+)'/u.exec(policyOf(answer).get('script-src') ?? '');
    expect(answer.text).toContain(`nonce="${nonce?.groups?.['value']}"`);
    expect(answer.text).not.toMatch(/\son\w+=/u);
  });

  it('has the same policy on errors', async () => {
    const answer = await answerOf(() => {
      throw new Error('boom');
    });
    expect(answer.status).toBe(500);
    expect(policyOf(answer).get('frame-ancestors')).toBe("'none'");
  });
});

describe('the computed part of the policy', () => {
  it('lets a form end at the relying party, and nowhere else there', async () => {
    const answer = await answerOf((ctx) => {
      allowFormAction(ctx, 'https://portal.example.gov.cn/callback?a=1');
      allowFormAction(ctx, 'cn.gov.example.app:/callback');
      allowFormAction(ctx, 'http://[::1]:8080/callback');
      page(ctx);
    });
    expect(policyOf(answer).get('form-action')).toBe(
      "'self' https://portal.example.gov.cn cn.gov.example.app: http:",
    );
  });

  it('cannot be broken out of by an address', async () => {
    const answer = await answerOf((ctx) => {
      allowFormAction(ctx, "https://portal.example.gov.cn/; script-src 'unsafe-inline'");
      page(ctx);
    });
    expect(policyOf(answer).get('form-action')).toBe("'self' https://portal.example.gov.cn");
    expect(policyOf(answer).get('script-src')).not.toContain('unsafe');
  });

  it('cannot be broken out of by a host', async () => {
    const answer = await answerOf((ctx) => {
      allowFormAction(ctx, 'https://a;sandbox/callback');
      allowFrames(ctx, ['https://b;frame-ancestors/out', 'https://evil.example/out']);
      page(ctx);
    });
    const policy = policyOf(answer);
    expect(policy.has('sandbox')).toBe(false);
    expect(policy.get('form-action')).toBe("'self' https:");
    expect(policy.get('frame-ancestors')).toBe("'none'");
  });

  it('lets what people have sent do nothing at all', async () => {
    const answer = await answerOf((ctx) => {
      isolateContent(ctx);
      page(ctx);
    });
    const policy = policyOf(answer);
    expect([...policy.keys()]).toEqual(['default-src', 'base-uri', 'frame-ancestors', 'sandbox']);
    expect(policy.get('default-src')).toBe("'none'");
  });

  it('frames the given addresses only', async () => {
    const answer = await answerOf((ctx) => {
      allowFrames(ctx, ['https://a.example/out', 'https://b.example:8443/out?x']);
      page(ctx);
    });
    expect(policyOf(answer).get('frame-src')).toBe('https://a.example https://b.example:8443');
  });
});

describe('behind https', () => {
  const behindTls = { issuer: 'https://id.example.gov.cn', trustedProxies: ['127.0.0.1'] };

  it('keeps browsers on https', async () => {
    const { headers } = await answerOf(page, behindTls);
    expect(headers['strict-transport-security']).toBe('max-age=63072000');
  });

  it('binds cookies to the host', async () => {
    const { headers } = await answerOf((ctx) => {
      ctx.body = ctx.csrfToken();
    }, behindTls);
    expect(headers['set-cookie']?.[0]).toMatch(
      /^__Host-hutong_csrf=[\w-]+; path=\/; samesite=lax; secure; httponly$/u,
    );
  });

  it('names cookies with their prefixes, and plainly on loopback http', () => {
    const secure = cookieNames({ isSecure: true });
    expect([secure.host('a'), secure.secure('b')]).toEqual(['__Host-a', '__Secure-b']);
    const plain = cookieNames({ isSecure: false });
    expect([plain.host('a'), plain.secure('b')]).toEqual(['a', 'b']);
    const beside = cookieNames({ isSecure: true, cookiePrefix: 'hall' });
    expect([beside.host('a'), beside.secure('b')]).toEqual(['__Host-hall_a', '__Secure-hall_b']);
  });
});
