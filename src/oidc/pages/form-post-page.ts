// The library's auto-submitting pages (response_mode=form_post, continued sign-out) in our layout
// and languages, with a button for browsers without script.
import { allowFormAction } from '../../platform/http/headers.ts';
import type { HttpContext } from '../../platform/http/context.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** The form of a page the library made; undefined for any other body. */
export function readLibraryForm(body: unknown) {
  if (typeof body !== 'string' || !body.includes('<title>Submitting Callback</title>')) {
    return undefined;
  }
  const action = /<form method="post" action="([^"]*)">/u.exec(body)?.[1];
  if (action === undefined) throw new Error('the library page has another shape than known');
  const inputs = body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/gu);
  const fields = Object.fromEntries(
    [...inputs].map(([, name = '', value = '']) => [name, unescape(value)]),
  );
  return { action: unescape(action), fields };
}

/**
 * Replaces such a page by ours; leaves every other response alone.
 * @param session of the request: a sign-out that goes on leads back to who asked for it
 */
export function renderLibraryForm(
  ctx: HttpContext,
  session: { state?: object | undefined } | undefined,
): void {
  const form = readLibraryForm(ctx.body);
  if (!form) return;
  allowFormAction(ctx, form.action);
  const { postLogoutRedirectUri } = (session?.state ?? {}) as { postLogoutRedirectUri?: string };
  if (postLogoutRedirectUri !== undefined) allowFormAction(ctx, postLogoutRedirectUri);
  ctx.render('oidc/form-post', form, { status: ctx.status });
}

function unescape(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/gu, (entity) => ENTITIES[entity] ?? entity);
}
