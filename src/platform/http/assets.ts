// Static files under `/assets/<hash>/<name>`: read once, found by their exact address, kept by
// browsers for ever because another content has another address. No path reaches the disk.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { HttpMiddleware } from './context.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
};
const HASH_LENGTH = 12;
const BROTLI_QUALITY = 9;

interface Asset {
  type: string;
  content: Buffer;
  compressed?: Buffer;
}

export interface Assets {
  /** The address of a file by its name, e.g. `hutong.css`. @throws RangeError for an unknown one. */
  address(name: string): string;
  middleware: HttpMiddleware;
}

export interface AssetSources {
  /** Every file of this folder is served. */
  folder: string;
  /** Name → file elsewhere, e.g. a style sheet of a package. */
  files: Readonly<Record<string, string>>;
}

export function loadAssets(sources: AssetSources): Assets {
  const own = readdirSync(sources.folder).map(
    (name) => [name, join(sources.folder, name)] as const,
  );
  const addresses = new Map<string, string>();
  const assets = new Map<string, Asset>();
  for (const [name, file] of [...own, ...Object.entries(sources.files)]) {
    const type = TYPES[extname(name)];
    if (!type) throw new RangeError(`no media type for the asset ${name}`);
    const content = readFileSync(file);
    const hash = createHash('sha256').update(content).digest('hex').slice(0, HASH_LENGTH);
    const address = `/assets/${hash}/${name}`;
    addresses.set(name, address);
    assets.set(address, { type, content });
  }
  const address = (name: string): string => {
    const found = addresses.get(name);
    if (!found) throw new RangeError(`no asset ${name}`);
    return found;
  };
  return { address, middleware: serve(assets, address) };
}

function serve(
  assets: ReadonlyMap<string, Asset>,
  address: (name: string) => string,
): HttpMiddleware {
  return async (ctx, next) => {
    if (ctx.path === '/favicon.ico') {
      ctx.redirect(address('favicon.svg'));
      return;
    }
    const asset = assets.get(ctx.path);
    if (!asset || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    ctx.state.routeName = 'assets';
    ctx.status = 200;
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.set('Content-Type', asset.type);
    ctx.vary('Accept-Encoding');
    if (isText(asset.type) && ctx.acceptsEncodings('br', 'identity') === 'br') {
      asset.compressed ??= brotliCompressSync(asset.content, {
        params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
      });
      ctx.set('Content-Encoding', 'br');
      ctx.body = asset.compressed;
    } else {
      ctx.body = asset.content;
    }
  };
}

function isText(type: string): boolean {
  return type.includes('charset=') || type.endsWith('json');
}
