// A refusal as a problem document (RFC 9457) and, where a token was the reason, with the challenge that
// says what is needed (RFC 6750) and where that is described (RFC 9728).
import { challenges } from '../oidc/bearer/challenges.ts';
import { departmentApi } from '../oidc/claims/own-apis.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { writeProblem } from '../platform/http/error-pages.ts';
import { problemKind } from './api-problems.ts';
import type { ApiRefusal } from './api-problems.ts';

export function writeRefusal(
  { issuer }: { issuer: string },
  ctx: HttpContext,
  { problem, fields, challenge = {} }: ApiRefusal,
): void {
  const { status, challenge: error } = problemKind(problem);
  if (error !== undefined) {
    ctx.set('WWW-Authenticate', challenges({ issuer, api: departmentApi }, error, challenge));
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
