// The probes on the public port, the end of connections, and what is counted and logged of requests.
import { afterEach, describe, expect, it } from 'vitest';
import { PAGE, send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer, TestServerOptions } from '../../../test/support/http-server.ts';
import { createLogger } from '../logger.ts';
import { PrometheusMetrics } from '../prometheus.ts';
import { Readiness } from '../readiness.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

const PROXY = { trustedProxies: ['127.0.0.0/8', '::1'] };
const FOR_SOMEBODY = { 'x-forwarded-for': '203.0.113.9' };

async function start(options: TestServerOptions = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ level: 'debug', service: 'test' }, destination);
  const metrics = new PrometheusMetrics({ logger });
  const started = await startHttpServer({ logger, metrics, ...options });
  server = started;
  const accessLines = () =>
    lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  return { server: started, metrics, accessLines };
}

describe('a probe', () => {
  it.each(['/healthz', '/readyz'])('at %s is answered by any name of the machine', async (path) => {
    const issuer = 'https://id.example.gov.cn';
    const { server } = await start({ issuer, readiness: new Readiness({ fine: () => true }) });
    expect(await send(server, { path })).toMatchObject({ status: 200 });
  });

  it('is told why the process is not ready', async () => {
    const { server } = await start({ readiness: new Readiness({ lease_lost: () => false }) });
    const { status, text } = await send(server, { path: '/readyz' });
    expect(status).toBe(503);
    expect(JSON.parse(text)).toEqual({ status: 'not_ready', reasons: ['lease_lost'] });
    expect(await send(server, { path: '/healthz' })).toMatchObject({ status: 200 });
  });

  it.each([
    ['a proxy we trust', PROXY],
    ['a proxy we do not know', {}],
  ])('asked through %s for somebody else finds nothing', async (_who, options) => {
    const { server } = await start(options);
    for (const path of ['/healthz', '/readyz']) {
      const headers = { ...PAGE, ...FOR_SOMEBODY };
      expect(await send(server, { path, headers })).toMatchObject({ status: 404 });
    }
  });

  it('finds no figures on the public port', async () => {
    const { server } = await start();
    expect(await send(server, { path: '/metrics' })).toMatchObject({ status: 404 });
  });
});

describe('a process that ends', () => {
  it('asks for other connections in every answer, also to what came before', async () => {
    const readiness = new Readiness({});
    const { server } = await start({
      readiness,
      extend: (app) =>
        app.use((ctx) => {
          if (ctx.path === '/last') readiness.drain();
          ctx.body = 'answered';
        }),
    });
    const connectionAfter = async (path: string) => {
      const response = await fetch(`${server.origin}${path}`);
      return [response.status, response.headers.get('connection')];
    };
    expect(await connectionAfter('/')).toEqual([200, 'keep-alive']);
    expect(await connectionAfter('/last')).toEqual([200, 'close']);
  });
});

describe('a request', () => {
  it('is one line and one count, by the name of what answered it', async () => {
    const { server, metrics, accessLines } = await start();
    await send(server, { path: '/13800138000/zhang%20san?name=13800138000', headers: PAGE });
    await expect
      .poll(accessLines)
      .toMatchObject([{ method: 'GET', route: 'unmatched', status: 404, error: 'not_found' }]);
    const text = await metrics.text();
    expect(text).toContain('hutong_http_requests_total{route="unmatched",status="4xx"} 1');
    expect(text).toContain('hutong_errors_total{code="not_found"} 1');
    expect(text + JSON.stringify(accessLines())).not.toMatch(/138001|zhang/u);
  });

  const given = 'a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3';
  it.each([
    { from: 'a trusted proxy that made it', by: PROXY, sent: given, kept: given },
    { from: 'a trusted proxy that passes a name on', by: PROXY, sent: 'zhang-san' },
    { from: 'a trusted proxy that passes a number on', by: PROXY, sent: '440000199003070011' },
    { from: 'anybody else', by: {}, sent: given },
  ])(
    'has a number of its own; the one sent by $from is kept: $kept',
    async ({ by, sent, kept }) => {
      const { server, accessLines } = await start(by);
      const answer = await send(server, { path: '/', headers: { 'x-request-id': sent } });
      await expect.poll(accessLines).toHaveLength(1);
      const [line] = accessLines();
      expect(line.proxyRequestId).toBe(kept);
      expect(line.requestId).toBe(answer.headers['x-request-id']);
      expect(line.requestId).toMatch(/^\d{16}$/u);
    },
  );
});
