// A refusal as a problem document (RFC 9457) and, where a token was the reason, with the challenge that
// says what is needed (RFC 6750) and where that is described (RFC 9728).
import type { HttpContext } from '../platform/http/context.ts';
import { writeProblem } from '../platform/http/error-pages.ts';
import { problemKind } from './api-problems.ts';
import type { ApiRefusal } from './api-problems.ts';

export const RESOURCE_METADATA_PREFIX = '/.well-known/oauth-protected-resource';

export function writeRefusal(
  { issuer, basePath }: { issuer: string; basePath: string },
  ctx: HttpContext,
  { problem, fields, challenge = {} }: ApiRefusal,
): void {
  const { status, challenge: error } = problemKind(problem);
  if (error !== undefined) {
    const members = {
      ...(error === '' ? {} : { error }),
      ...challenge,
      resource_metadata: `${issuer}${RESOURCE_METADATA_PREFIX}${basePath}`,
    };
    const written = Object.entries(members).map(([name, value]) => `${name}="${value}"`);
    const list = written.join(', ');
    ctx.set('WWW-Authenticate', [`Bearer ${list}`, `DPoP ${list}, algs="ES256 EdDSA Ed25519"`]);
  }
  const errors = fields?.map(({ at, code }) => {
    const place = at.startsWith('#') ? { pointer: at } : { parameter: at };
    return { ...place, code, detail: ctx.t(`api.field_problem.${code}`) };
  });
  const code = problem;
  const title = ctx.t(`api.problem.${code}.title`);
  const detail = ctx.t(`api.problem.${code}.detail`);
  writeProblem(ctx, { code, status, title, detail, more: errors ? { errors } : {} });
}
