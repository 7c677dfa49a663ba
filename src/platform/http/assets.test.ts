// Static files: found by content, kept for ever, and nothing else readable through them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer } from '../../../test/support/http-server.ts';
import { loadAssets } from './assets.ts';
import { assetSources } from './http-app.ts';

const assets = loadAssets(assetSources);
let server: TestServer;
beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server.close());

describe('an asset', () => {
  it('has its content in its address and may be kept for ever', async () => {
    const path = assets.address('hutong.css');
    expect(path).toMatch(/^\/assets\/[0-9a-f]{12}\/hutong\.css$/u);
    const { status, headers, text } = await send(server, { path });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toBe('text/css; charset=utf-8');
    expect(text).toContain('--ht-primary');
  });

  it.each([
    ['hutong.js', 'text/javascript; charset=utf-8'],
    ['favicon.svg', 'image/svg+xml; charset=utf-8'],
    ['pico.css', 'text/css; charset=utf-8'],
    ['altcha.js', 'text/javascript; charset=utf-8'],
  ])('%s has its type', async (name, type) => {
    const { headers } = await send(server, { path: assets.address(name) });
    expect(headers['content-type']).toBe(type);
  });

  it('is sent compressed to those who can read it', async () => {
    const path = assets.address('pico.css');
    const plain = await send(server, { path });
    const packed = await send(server, { path, headers: { 'accept-encoding': 'gzip, br' } });
    expect(packed.headers['content-encoding']).toBe('br');
    expect(packed.headers.vary).toContain('Accept-Encoding');
    expect(Number(packed.headers['content-length'])).toBeLessThan(plain.text.length / 3);
  });

  it.each([
    '/assets/',
    '/assets/hutong.css',
    '/assets/000000000000/hutong.css',
    '/assets/../package.json',
    '/assets/%2e%2e/package.json',
    '/assets/..%2fpackage.json',
    '/assets/hutong.css%00.js',
  ])('is not found at %s', async (path) => {
    const { status, headers } = await send(server, { path });
    expect([400, 404]).toContain(status);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('that is unknown fails when a template names it', () => {
    expect(() => assets.address('missing.css')).toThrow(RangeError);
  });

  it('serves the icon that browsers ask for by themselves', async () => {
    const { status, headers } = await send(server, { path: '/favicon.ico' });
    expect(status).toBe(302);
    expect(headers.location).toBe(assets.address('favicon.svg'));
  });
});
