import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestCertificates } from '../../test/support/certificates.ts';
import { describeOutboundFailure } from './outbound-failure.ts';
import type { OutboundFailure } from './outbound-failure.ts';
import { createOutbound } from './outbound.ts';
import type { Outbound } from './outbound.ts';

const folder = mkdtempSync(join(tmpdir(), 'hutong-outbound-'));
const caFile = join(folder, 'ca.pem');
const open: (Server | Outbound)[] = [];
let hits: string[] = [];
let httpPort: number;
let httpsPort: number;

const answer: RequestListener = (request, response) => {
  hits.push(`${request.method} ${request.url}`);
  switch (request.url) {
    case '/redirect':
      response.writeHead(302, { location: '/elsewhere' }).end();
      return;
    case '/huge':
      response.end(Buffer.alloc(300 * 1024, 'x'));
      return;
    case '/bomb':
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(5 * 1024 * 1024)));
      return;
    case '/headers':
      response.writeHead(200, { 'x-long': 'y'.repeat(20_000) }).end();
      return;
    case '/silent':
      return;
    case '/dripping':
      response.write('a');
      return;
    case '/cut':
      response.write('a');
      response.socket?.destroy();
      return;
    case '/echo':
      request.pipe(response);
      return;
    case '/gone':
      response.writeHead(410).end('gone');
      return;
    case '/empty':
      response.writeHead(204).end();
      return;
    case undefined:
    default:
      response.setHeader('content-type', 'application/json').end('{"host":"here"}');
  }
};

function outbound(options: Partial<Parameters<typeof createOutbound>[0]> = {}): Outbound {
  const created = createOutbound({ allow: ['127.0.0.0/8:*'], ...options });
  open.push(created);
  return created;
}

async function failure(
  promise: Promise<unknown>,
): Promise<OutboundFailure | 'no failure' | undefined> {
  return promise.then(
    () => 'no failure' as const,
    (error: unknown) => describeOutboundFailure(error),
  );
}

async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const certificates = await createTestCertificates({ dns: ['receiver.test'], ip: ['127.0.0.1'] });
  writeFileSync(caFile, certificates.authority);
  httpPort = await listen(createServer(answer));
  httpsPort = await listen(createTlsServer(certificates.server, answer));
});

afterAll(async () => {
  for (const thing of open) {
    if ('closeAllConnections' in thing) thing.close().closeAllConnections();
    else await thing.close();
  }
  rmSync(folder, { recursive: true });
});

describe('refusals', () => {
  it('never opens a connection to a private address outside the allow-list', async () => {
    hits = [];
    const { fetch } = outbound({ allow: [`127.0.0.1:${httpPort + 1}`] });
    const target = `http://127.0.0.1:${httpPort}/`;
    expect(await failure(fetch(target))).toBe('address_not_allowed');
    expect(await failure(fetch(`http://2130706433:${httpPort}/`))).toBe('address_not_allowed');
    expect(await failure(fetch(`http://[::ffff:127.0.0.1]:${httpPort}/`))).toBe(
      'address_not_allowed',
    );
    expect(hits).toEqual([]);
  });

  it('judges what a name resolves to, not the name', async () => {
    hits = [];
    const { fetch } = outbound({
      allow: [],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const answered = await failure(fetch(`http://www.gov.cn:${httpPort}/`));
    expect(answered).toBe('address_not_allowed');
    expect(hits).toEqual([]);
  });

  it('connects to the judged address when the name changes its mind (rebinding)', async () => {
    hits = [];
    const answers = ['127.0.0.1', '127.0.0.2', '10.0.0.1'];
    let asked = 0;
    const { fetch } = outbound({
      allow: ['127.0.0.1/32:*'],
      resolve: async () => [{ address: answers[asked++] ?? '10.0.0.1', family: 4 }],
    });
    const response = await fetch(`http://rebinding.test:${httpPort}/`);
    expect(response.status).toBe(200);
    expect(asked).toBe(1);
    expect(hits).toEqual(['GET /']);
    await expect(failure(fetch(`http://other.test:${httpPort}/`))).resolves.toBe(
      'address_not_allowed',
    );
  });

  it('uses only the allowed ones of several addresses', async () => {
    const { fetch } = outbound({
      allow: ['127.0.0.1/32:*'],
      resolve: async () => [
        { address: '10.255.255.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    const response = await fetch(`http://two-addresses.test:${httpPort}/`);
    expect(response.status).toBe(200);
  });

  it('does not follow a redirect', async () => {
    hits = [];
    const answered = await failure(outbound().fetch(`http://127.0.0.1:${httpPort}/redirect`));
    expect(answered).toBe('redirect_not_followed');
    expect(hits).toEqual(['GET /redirect']);
  });

  it('refuses bodies over the limit, packed or plain', async () => {
    const { fetch } = outbound();
    for (const path of ['huge', 'bomb']) {
      expect(await failure(fetch(`http://127.0.0.1:${httpPort}/${path}`))).toBe('body_too_large');
    }
  });

  it('refuses over-long headers', async () => {
    const answered = await failure(outbound().fetch(`http://127.0.0.1:${httpPort}/headers`));
    expect(answered).toBe('answer_malformed');
  });

  it('gives up on silence and on a body that never ends', async () => {
    const { fetch } = outbound({ timeoutMs: 150 });
    for (const path of ['silent', 'dripping']) {
      expect(await failure(fetch(`http://127.0.0.1:${httpPort}/${path}`))).toBe('timeout');
    }
  });

  it('honours the signal of the caller', async () => {
    const signal = AbortSignal.timeout(50);
    const answered = await failure(
      outbound().fetch(`http://127.0.0.1:${httpPort}/silent`, { signal }),
    );
    expect(answered).toBe('timeout');
  });

  it('refuses other schemes and credentials in the address', async () => {
    const { fetch } = outbound();
    expect(await failure(fetch('file:///etc/passwd'))).toBe('scheme_not_allowed');
    expect(await failure(fetch(`http://user:pass@127.0.0.1:${httpPort}/`))).toBe(
      'credentials_in_address',
    );
  });

  it('names what went wrong on the way', async () => {
    const { fetch } = outbound();
    expect(await failure(fetch(`http://127.0.0.1:${httpPort}/cut`))).toBe('connection_lost');
    const closed = createServer();
    const closedPort = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect(await failure(fetch(`http://127.0.0.1:${closedPort}/`))).toBe('connection_refused');
    expect(await failure(fetch('http://no-such-host.invalid/'))).toBe('name_not_resolved');
  });

  it('does not trust a certificate of an unknown authority, nor one for another name', async () => {
    const unknown = await failure(outbound().fetch(`https://127.0.0.1:${httpsPort}/`));
    expect(unknown).toBe('certificate_not_trusted');
    const { fetch } = outbound({
      caFile,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    expect(await failure(fetch(`https://other.test:${httpsPort}/`))).toBe(
      'certificate_not_trusted',
    );
  });

  it('does not start with a CA file that is none', () => {
    writeFileSync(join(folder, 'bad.pem'), 'not a certificate');
    for (const file of ['bad.pem', 'missing.pem']) {
      expect(() => createOutbound({ allow: [], caFile: join(folder, file) })).toThrow(
        'configuration_invalid',
      );
    }
  });
});

describe('what is allowed', () => {
  it('reaches an allowed address and gives the complete answer', async () => {
    const response = await outbound().fetch(`http://127.0.0.1:${httpPort}/`);
    expect(response).toBeInstanceOf(Response);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ host: 'here' });
  });

  it('passes status codes and empty answers on', async () => {
    const { fetch } = outbound();
    expect((await fetch(`http://127.0.0.1:${httpPort}/gone`)).status).toBe(410);
    expect((await fetch(`http://127.0.0.1:${httpPort}/empty`)).status).toBe(204);
  });

  it('sends a form and ignores a dispatcher that is not its own', async () => {
    const dispatcher = new Agent({ connect: () => expect.unreachable() });
    const init: RequestInit = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: 'a b' }),
    };
    const response = await outbound().fetch(
      `http://127.0.0.1:${httpPort}/echo`,
      Object.assign(init, { dispatcher }),
    );
    expect(await response.text()).toBe('logout_token=a+b');
  });

  it('trusts the authority of the CA file, by address and by name', async () => {
    const { fetch } = outbound({
      caFile,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    for (const host of ['127.0.0.1', 'receiver.test']) {
      const response = await fetch(`https://${host}:${httpsPort}/`);
      expect(response.status).toBe(200);
    }
  });

  it('serves many exchanges at once', async () => {
    const { fetch } = outbound();
    const target = `http://127.0.0.1:${httpPort}/`;
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(target)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  });
});
