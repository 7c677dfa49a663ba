// The credential use cases in the form the pages of an interaction use them.
import { KNOWN_DEVICE_SECONDS } from '../credentials/known-device.ts';
import { hasSecondFactor, verifySecondFactor } from '../credentials/second-factor.ts';
import { beginTotpEnrolment, confirmTotpEnrolment } from '../credentials/totp-enrolment.ts';
import { proofDue, verifyPassword } from '../credentials/verify-password.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { InteractionDependencies, SecondFactorResult } from './interaction-deps.ts';

type SignInServices = Pick<InteractionDependencies, 'passwords' | 'secondFactors' | 'devices'>;

/** @param issuerName what an authenticator shows beside the user name */
export function signInServices(credentials: Credentials, issuerName: string): SignInServices {
  return {
    passwords: {
      verify: (attempt) => verifyPassword(credentials, attempt),
      proofFor: async ({ login, address }) => {
        const failures = await proofDue(credentials, { login, address });
        return failures > 0
          ? credentials.proofs.createChallenge({ address, failures })
          : undefined;
      },
      newProof: (of) => credentials.proofs.createChallenge(of),
    },
    secondFactors: {
      isEnrolled: (accountId) => hasSecondFactor(credentials, accountId),
      verify: async (attempt) => toResult(await verifySecondFactor(credentials, attempt)),
      begin: async (account, boundTo) => {
        const label = account.login ?? account.id;
        const of = { accountId: account.id, boundTo, issuer: issuerName, label };
        const { secret, uri } = await beginTotpEnrolment(credentials, of);
        return { secret, otpauthUrl: uri };
      },
      confirm: async (attempt) => toResult(await confirmTotpEnrolment(credentials, attempt)),
    },
    devices: {
      remember: (cookie, accountId) => credentials.devices.remember(cookie, accountId),
      maxAgeSeconds: KNOWN_DEVICE_SECONDS,
    },
  };
}

function toResult(
  outcome: { ok: true } | { ok: false; reason: string; retryAfterSeconds?: number },
): SecondFactorResult {
  if (outcome.ok) return { ok: true };
  return outcome.retryAfterSeconds === undefined
    ? { ok: false, reason: 'code_wrong' }
    : { ok: false, reason: 'budget_exhausted', retryAfterSeconds: outcome.retryAfterSeconds };
}
