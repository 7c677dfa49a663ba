// A city with a directory that speaks SCIM: one client for all of it, one for a single department.
import { expect, vi } from 'vitest';
import type { CityNode } from './city-node.ts';
import { startCityNode } from './city-node.ts';
import { DEPARTMENT, ScimClient, scimClientFields } from './scim-client.ts';
import type { ScimReply } from './scim-client.ts';

export const SCIM_ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

export interface ScimCity {
  city: CityNode;
  scim: ScimClient;
  /** Limited to the department CZJ. */
  finance: ScimClient;
}

export async function startScimCity(mongodbUri: string): Promise<ScimCity> {
  const city = await startCityNode({ mongodbUri });
  await city.addClients([
    scimClientFields('hr', city.issuer),
    scimClientFields('finance-hr', city.issuer, { departments: ['CZJ'] }),
    {
      client_id: 'portal',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      scope: '',
      services: ['forms'],
      access_token_resource: 'https://forms.example.com/',
    },
  ]);
  const [scim, finance] = await vi.waitFor(
    () => Promise.all([ScimClient.of(city, 'hr'), ScimClient.of(city, 'finance-hr')]),
    10_000,
  );
  const bureau = await scim.group({ displayName: '财政局', [DEPARTMENT]: { code: 'CZJ' } });
  const parent = { value: bureau.body.id };
  await scim.group({ displayName: '预算科', [DEPARTMENT]: { code: 'CZJ-YS', parent } });
  await scim.group({ displayName: '教育局', [DEPARTMENT]: { code: 'JYJ' } });
  return { city, scim, finance };
}

/** RFC 7644, 3.12; the words are there in the language that was asked for. */
export function expectRefusal(reply: ScimReply, status: number, scimType?: string): void {
  expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/u);
  expect(reply.body).toMatchObject({ schemas: [SCIM_ERROR], status: String(status) });
  expect(reply.status).toBe(status);
  expect(reply.body.scimType).toBe(scimType);
  expect(reply.body.detail).not.toMatch(/^scim\./u);
}

let serial = 0;

export function newUserName(): string {
  serial += 1;
  return `zhang.${serial}`;
}

/** A person, entered with these fields. */
export async function entered(scim: ScimClient, fields: object = {}): Promise<ScimReply['body']> {
  const reply = await scim.user({ userName: newUserName(), ...fields });
  expect(reply.status).toBe(201);
  return reply.body;
}
