// Many operations in one request: what they cost, whatever they refer to.
import { describe, expect, it } from 'vitest';
import { bulk } from './bulk.ts';

const SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

describe('operations that wait for each other', () => {
  it('are each read a fixed number of times', async () => {
    let reads = 0;
    const data = {
      toJSON() {
        reads += 1;
        return { parent: 'bulkId:nobody' };
      },
    };
    const operation = (at: number) => ({
      method: 'POST',
      path: '/Groups',
      bulkId: String(at),
      data,
    });
    const Operations = Array.from({ length: 40 }, (_, at) => operation(at));
    const access = { by: { actor: 'client:hr' }, base: 'https://city.example/scim/v2' };
    const explain = () => ({ status: '409' });
    const answer = await bulk(
      { schemas: [SCHEMA], Operations },
      { endpoints: [], access, explain },
    );
    expect(answer['Operations']).toHaveLength(40);
    expect(answer['Operations']).toContainEqual(expect.objectContaining({ status: '409' }));
    expect(reads).toBeLessThanOrEqual(2 * Operations.length);
  });
});
