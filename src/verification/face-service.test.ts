// Results of the face service that came late, against a service that signs when it has decided.
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { TestClock } from '../../test/support/test-clock.ts';
import { createLogger } from '../platform/logger.ts';
import { ConnectorRunner } from './connector-runner.ts';
import { FaceService, subjectHash } from './face-service.ts';

const clock = new TestClock();
const claim = {
  name: '张示例',
  certificate: { type: '111', number: '440000200101010151' },
} as const;
const nonce = 'a nonce of a request';
const config = {
  url: 'https://face.example',
  issuer: 'https://face.example',
  clientId: 'hutong',
  key: 'the key of a face service',
  certificateTypes: ['111'],
  cap: 3,
  timeoutMs: 1000,
  dailyBudget: 1000,
  costFen: 0,
  breaker: { failures: 2, openMs: 60_000 },
};

async function serviceThatSigned(secondsAgo: number, status = 200) {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const at = Math.floor(clock.now().getTime() / 1000) - secondsAgo;
  const content = { nonce, subject_hash: subjectHash(nonce, claim), outcome: 'same_person' };
  const result = await new SignJWT({ ...content, code: 'F00', jti: 'r' })
    .setProtectedHeader({ alg: 'ES256', typ: 'face-result+jwt' })
    .setIssuer(config.issuer)
    .setAudience(config.clientId)
    .setIssuedAt(at)
    .setExpirationTime(at + 300)
    .sign(privateKey);
  const keys = { keys: [await exportJWK(publicKey)] };
  const outbound = {
    fetch: (url: string | URL) =>
      Promise.resolve(
        String(url).endsWith('/jwks') ? Response.json(keys) : Response.json({ result }, { status }),
      ),
  };
  const usage = { take: () => Promise.resolve(true) } as never;
  const metrics = { observe: () => undefined };
  const logger = createLogger({ level: 'silent', service: 'test' });
  const runner = new ConnectorRunner({ clock, logger, metrics, usage }, 'face', config);
  return { service: new FaceService({ outbound, runner, clock }, config), runner };
}

it('counts while it is fresh', async () => {
  const { service } = await serviceThatSigned(60);
  const result = await service.result('handle', { nonce, claim });
  expect(result).toMatchObject({ outcome: 'answered', value: { outcome: 'same_person' } });
});

it.each([404, 409, 410])(
  'is over when the service says so with %i, which is nothing against the service',
  async (status) => {
    const { service, runner } = await serviceThatSigned(60, status);
    for (let time = 0; time < 5; time += 1) {
      const result = await service.result('handle', { nonce, claim });
      expect(result).toMatchObject({ outcome: 'answered', value: { outcome: 'expired' } });
    }
    expect(runner.figures().breaker).toBe(0);
  },
);

it('gives nothing when it is old, and whoever brings it keeps nobody else from the service', async () => {
  const { service, runner } = await serviceThatSigned(1200);
  for (let time = 0; time < 5; time += 1) {
    const result = await service.result('handle', { nonce, claim });
    expect(result).toMatchObject({ outcome: 'answered', value: { outcome: 'expired' } });
  }
  expect(runner.figures().breaker).toBe(0);
});
