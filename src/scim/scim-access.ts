// Who may call the SCIM server: a registered client with scope `scim`, by an access token for this very
// address; where its registration names departments, no further than at and below them.
import type { AuditLog } from '../audit/audit-log.ts';
import { SparingLog } from '../audit/sparing-log.ts';
import type { DirectoryReader } from '../directory/directory-reader.ts';
import { bearerErrors, challenges } from '../oidc/bearer/challenges.ts';
import type { VerifyBearer } from '../oidc/bearer/verify-bearer.ts';
import { scimApi } from '../oidc/claims/own-apis.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Logger } from '../platform/logger.ts';
import type { ScimAccess } from './scim-endpoint.ts';
import { ScimError } from './scim-error.ts';

export interface ScimAccessDependencies {
  issuer: string;
  verifyBearer: VerifyBearer;
  reader: DirectoryReader;
  audit: AuditLog;
  logger: Logger;
}

export const SCOPE = 'scim';

export function scimAccess(deps: ScimAccessDependencies) {
  const base = `${deps.issuer}${scimApi.path}`;
  const sparing = new SparingLog(deps.audit);
  const refuse = (ctx: HttpContext, actor: string, reason: string) => {
    const facts = { actor, address: ctx.ip, result: 'refused', reason } as const;
    sparing
      .record({ type: 'directory.refused', ...facts })
      .catch((error: unknown) => deps.logger.error({ err: error }, 'a refusal was not recorded'));
  };
  const challenge = (ctx: HttpContext, error: string) =>
    ctx.set('WWW-Authenticate', challenges({ ...deps, api: scimApi }, error, { scope: SCOPE }));
  return {
    base,
    /** @throws ScimError `token_missing`, `token_wrong`, `scope_missing` */
    async admit(ctx: HttpContext): Promise<ScimAccess> {
      const request = {
        method: ctx.method,
        url: `${deps.issuer}${ctx.path}`,
        authorization: ctx.get('Authorization') || undefined,
        proof: ctx.get('DPoP') || undefined,
      };
      const answer = await deps.verifyBearer(request, base);
      if (!answer.ok) {
        challenge(ctx, bearerErrors[answer.reason]);
        const isMissing = answer.reason === 'token_missing';
        throw new ScimError(isMissing ? 'token_missing' : 'token_wrong');
      }
      const { client, kind, scopes } = answer.access;
      const { client_id: clientId, departments } = client;
      const actor = `client:${clientId}`;
      if (kind !== 'client') {
        challenge(ctx, 'invalid_token');
        throw new ScimError('token_wrong');
      }
      if (!scopes.has(SCOPE)) {
        challenge(ctx, 'insufficient_scope');
        refuse(ctx, actor, 'scope_missing');
        throw new ScimError('scope_missing', { scope: SCOPE });
      }
      const by = { actor, address: ctx.ip, clientId };
      if (departments.length === 0) return { base, by };
      return { base, by: { ...by, within: await deps.reader.departmentIds(departments) } };
    },
    noteRefusal(ctx: HttpContext, { by }: ScimAccess, reason: string): void {
      refuse(ctx, by.actor, reason);
    },
  };
}
