// Where the switches in the header lead: to this very page, shown another way. Always a path of our
// own; a page that answered a form leads back to the page the form stood on.
import type { HttpContext } from './context.ts';

/** Of people and their tokens: never repeated in an address. */
const PRIVATE_PARAMETERS = ['id_token_hint', 'login_hint'];

/** The address of this page, or of it with one parameter set, e.g. `lang=en`. */
export function pageAddress(ctx: HttpContext, parameter?: readonly [string, string]): string {
  const { path, query } = readableAddress(ctx);
  for (const name of PRIVATE_PARAMETERS) query.delete(name);
  if (parameter) query.set(...parameter);
  const search = query.toString();
  return `${localPath(path)}${search === '' ? '' : `?${search}`}`;
}

function readableAddress(ctx: HttpContext): { path: string; query: URLSearchParams } {
  const { pageAddress: named } = ctx.state;
  if (named !== undefined) return split(named);
  const isReadable = ctx.method === 'GET' || ctx.method === 'HEAD';
  if (isReadable) return { path: ctx.path, query: new URLSearchParams(ctx.querystring) };
  return split(formerPage(ctx) ?? '/');
}

/** The page of ours that sent this form. */
function formerPage(ctx: HttpContext): string | undefined {
  const referer = URL.parse(ctx.get('Referer'));
  const own = `${ctx.protocol}://${ctx.host}`;
  return referer?.origin === own ? `${referer.pathname}${referer.search}` : undefined;
}

function split(address: string): { path: string; query: URLSearchParams } {
  const [path = '/', search = ''] = address.split(/\?(.*)/su);
  return { path, query: new URLSearchParams(search) };
}

/** Two leading slashes, of either kind, would lead to another site. */
function localPath(path: string): string {
  return path.replace(/^[/\\]*/u, '/');
}
