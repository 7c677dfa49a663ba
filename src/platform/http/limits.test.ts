// Budgets of routes on the real database: parallel requests cannot exceed them, successes give
// back, and without the database sign-in says so instead of letting everyone through.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testDatabase } from '../../../test/support/database.ts';
import { FORM, send, startHttpServer } from '../../../test/support/http-server.ts';
import { migrate } from '../migrations.ts';
import { connectDatabase } from '../mongo.ts';
import type { Database } from '../mongo.ts';
import { httpMigrations } from './http.migrations.ts';
import { createRouteLimiters } from './limits.ts';
import type { RouteLimiters } from './limits.ts';
import { defineRoute } from './route.ts';

const { uri } = testDatabase();
let database: Database;
const routes = {
  signIn: { attempts: 5, windowSeconds: 60 },
  consent: { attempts: 1, windowSeconds: 60 },
  account: { attempts: 2, windowSeconds: 60 },
  recovery: { attempts: 400, windowSeconds: 60 },
};
const limiters = () => createRouteLimiters({ database, routes });

beforeAll(async () => {
  database = await connectDatabase({ uri });
  await migrate(database, httpMigrations, 'test');
});
afterAll(() => database.close());

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown';
  }
}

function count(outcomes: readonly string[]) {
  return Object.groupBy(outcomes, (each) => each);
}

describe('a route budget', () => {
  it('admits exactly its number of parallel requests, over two processes', async () => {
    const processes = [limiters(), limiters()];
    const tries = Array.from({ length: 60 }, (_, index) =>
      outcome((processes[index % 2] as RouteLimiters).reserve('signIn', '198.51.100.1')),
    );
    const { ok, too_many_requests: refused } = count(await Promise.all(tries));
    expect(ok).toHaveLength(5);
    expect(refused).toHaveLength(55);
  });

  it('of 400 admits no more than a portion beyond them, over two processes', async () => {
    const processes = [limiters(), limiters()];
    const tries = Array.from({ length: 500 }, (_, index) =>
      outcome((processes[index % 2] as RouteLimiters).reserve('recovery', '198.51.100.40')),
    );
    const { ok = [], too_many_requests: refused = [] } = count(await Promise.all(tries));
    expect(ok.length + refused.length).toBe(500);
    expect(ok.length).toBeGreaterThanOrEqual(380);
    expect(ok.length).toBeLessThanOrEqual(420);
    expect(await outcome(limiters().reserve('recovery', '198.51.100.40'))).toBe('ok');
  });

  it('is not used up by requests that succeed', async () => {
    const limiter = limiters();
    for (let round = 0; round < 20; round += 1) {
      const reservation = await limiter.reserve('signIn', '198.51.100.2');
      await reservation.giveBack();
    }
    expect(await outcome(limiter.reserve('signIn', '198.51.100.2'))).toBe('ok');
  });

  it('is one for a network, ten times as large', async () => {
    const limiter = limiters();
    const tries = Array.from({ length: 12 }, (_, index) =>
      outcome(limiter.reserve('consent', `192.0.2.${index + 1}`)),
    );
    const { ok, too_many_requests: refused } = count(await Promise.all(tries));
    expect(ok).toHaveLength(10);
    expect(refused).toHaveLength(2);
    expect(await outcome(limiter.reserve('consent', '192.0.3.1'))).toBe('ok');
  });

  it('of another route is untouched', async () => {
    const limiter = limiters();
    await limiter.reserve('account', '203.0.113.1');
    await limiter.reserve('account', '203.0.113.1');
    expect(await outcome(limiter.reserve('account', '203.0.113.1'))).toBe('too_many_requests');
    expect(await outcome(limiter.reserve('signIn', '203.0.113.1'))).toBe('ok');
  });

  it('for a route that does not exist is a mistake of the configuration', () => {
    const unknown = { signln: { attempts: 1, windowSeconds: 1 } };
    expect(() => createRouteLimiters({ database, routes: unknown })).toThrow(
      'configuration_invalid',
    );
  });
});

describe('over HTTP', () => {
  const submit = defineRoute({
    method: 'POST',
    path: '/sign-in',
    name: 'test.submit',
    limiter: 'account',
    csrf: { exempt: 'this test is about the limiter alone' },
    input: { body: z.strictObject({}) },
    handle(ctx) {
      ctx.body = 'ok';
    },
  });
  const post = { method: 'POST', path: '/sign-in', headers: FORM };

  it('refuses with a page that says when to come back', async () => {
    const server = await startHttpServer({ routes: [submit], limiters: limiters() });
    await send(server, post);
    await send(server, post);
    const answer = await send(server, post);
    await server.close();
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.text).toContain('尝试次数太多');
  });

  it('answers 503 with Retry-After when the database is gone', async () => {
    const gone = await connectDatabase({ uri });
    const server = await startHttpServer({
      routes: [submit],
      limiters: createRouteLimiters({ database: gone, routes }),
    });
    await gone.close();
    const answer = await send(server, post);
    await server.close();
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.text).toContain('服务暂时中断');
  });
});
