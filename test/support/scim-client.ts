// A directory's way to the SCIM server: a registered client with a token, and requests as it sends them.
import type { CityClientFields } from './city-clients.ts';
import type { CityNode } from './city-node.ts';
import { TokenClient } from './token-client.ts';

export interface ScimReply {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & {
    id: string;
    meta: { version: string; location: string };
    Resources: Record<string, unknown>[];
    totalResults: number;
    detail?: string;
    scimType?: string;
  };
}

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const DEPARTMENT = 'urn:hutong:params:scim:schemas:extension:department:1.0:Group';
export const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A client of the staff directory; `departments` limits it. */
export function scimClientFields(
  clientId: string,
  issuer: string,
  fields: object = {},
): CityClientFields {
  return {
    client_id: clientId,
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    scope: 'scim',
    access_token_resource: `${issuer}/scim/v2`,
    approvals: { scope: 'test' },
    ...fields,
  };
}

export class ScimClient {
  readonly base: string;
  readonly token: string;

  constructor(issuer: string, token: string) {
    this.base = `${issuer}/scim/v2`;
    this.token = token;
  }

  static async of(city: CityNode, clientId: string, extra: object = {}): Promise<ScimClient> {
    const answered = await new TokenClient(city.issuer).token(city.client(clientId), {
      grant_type: 'client_credentials',
      resource: `${city.issuer}/scim/v2`,
      scope: 'scim',
      ...extra,
    });
    if (!answered.body.access_token) throw new Error(JSON.stringify(answered.body));
    return new ScimClient(city.issuer, answered.body.access_token);
  }

  async send(
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<ScimReply> {
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : JSON.parse(text),
    } as ScimReply;
  }

  get(path: string, headers?: Record<string, string>): Promise<ScimReply> {
    return this.send('GET', path, headers ? { headers } : {});
  }

  user(fields: object): Promise<ScimReply> {
    return this.send('POST', '/Users', { body: { schemas: [USER], ...fields } });
  }

  group(fields: object): Promise<ScimReply> {
    return this.send('POST', '/Groups', { body: { schemas: [GROUP], ...fields } });
  }

  patch(path: string, operations: object[], headers?: Record<string, string>): Promise<ScimReply> {
    const body = { schemas: [PATCH], Operations: operations };
    return this.send('PATCH', path, { body, ...(headers ? { headers } : {}) });
  }
}
