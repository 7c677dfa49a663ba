// The credential use cases in the form the pages of an interaction use them.
import { displayName } from '../account/account-access.ts';
import { chooseNewPassword } from '../credentials/change-password.ts';
import {
  findContactCode,
  sendContactCode,
  verifyContactCode,
} from '../credentials/contact-code.ts';
import type { ContactCodeDependencies } from '../credentials/contact-code.ts';
import { addPasskey, beginPasskey } from '../credentials/manage-passkeys.ts';
import { KNOWN_DEVICE_SECONDS } from '../credentials/known-device.ts';
import { isPasswordDue } from '../credentials/password-policy.ts';
import { secondFactorsOf, verifySecondFactor } from '../credentials/second-factor.ts';
import type { SecondFactorDependencies } from '../credentials/second-factor.ts';
import { beginTotpEnrolment, confirmTotpEnrolment } from '../credentials/totp-enrolment.ts';
import {
  isSignInCodeUnderWay,
  sendSignInCode,
  verifySignInCode,
} from '../credentials/sign-in-code.ts';
import { passkeyOptions, verifyPasskey } from '../credentials/verify-passkey.ts';
import type { VerifyPasskeyDependencies } from '../credentials/verify-passkey.ts';
import { proofDue, verifyOwnPassword, verifyPassword } from '../credentials/verify-password.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { InteractionDependencies, SecondFactorResult } from './interaction-deps.ts';

type SignInServices = Pick<
  InteractionDependencies,
  'passwords' | 'passkeys' | 'secondFactors' | 'contactCodes' | 'signInCodes' | 'devices'
>;

export interface SignInServiceOptions {
  credentials: Credentials;
  /** What an authenticator shows beside the user name. */
  productName: string;
  sendCode: ContactCodeDependencies['sendCode'];
  notices: SecondFactorDependencies['notices'] & VerifyPasskeyDependencies['notices'];
}

export function signInServices(options: SignInServiceOptions): SignInServices {
  const { credentials, productName, notices } = options;
  const codes = { ...credentials, sendCode: options.sendCode };
  return {
    passwords: passwordServices(credentials),
    secondFactors: {
      ofAccount: (accountId) => secondFactorsOf(credentials, accountId),
      verify: async (attempt) =>
        toResult(await verifySecondFactor({ ...credentials, notices }, attempt)),
      begin: async (account, boundTo) => {
        const label = account.login ?? displayName(account);
        const of = { accountId: account.id, boundTo, issuer: productName, label };
        const { secret, uri } = await beginTotpEnrolment(credentials, of);
        return { secret, otpauthUrl: uri };
      },
      confirm: async (attempt) => toResult(await confirmTotpEnrolment(credentials, attempt)),
    },
    passkeys: {
      has: (accountId, id) => credentials.passkeys.has(accountId, id),
      options: (place) => passkeyOptions(credentials, place),
      verify: (attempt) => verifyPasskey({ ...credentials, notices }, attempt),
      creationOptions: (account, boundTo) =>
        beginPasskey(credentials, { account, boundTo, productName }),
      add: (made) => addPasskey(credentials, made),
    },
    contactCodes: {
      send: (request) => sendContactCode(codes, request),
      pending: async (place) => (await findContactCode(codes, place))?.channel,
      verify: (given) => verifyContactCode(codes, given),
    },
    signInCodes: {
      send: (given) => sendSignInCode(codes, given),
      isUnderWay: (of) => isSignInCodeUnderWay(codes, of),
      verify: (given) => verifySignInCode(codes, given),
    },
    devices: {
      remember: (cookie, accountId, proven) =>
        credentials.devices.remember(cookie, accountId, proven),
      maxAgeSeconds: KNOWN_DEVICE_SECONDS,
    },
  };
}

function passwordServices(credentials: Credentials): InteractionDependencies['passwords'] {
  const { proofs, accounts, passwords, clock } = credentials;
  return {
    verify: (attempt) => verifyPassword(credentials, attempt),
    verifyOwn: (attempt) => verifyOwnPassword(credentials, attempt),
    proofFor: async ({ login, address }) => {
      const failures = await proofDue(credentials, { login, address });
      return failures > 0 ? proofs.createChallenge({ address, failures }) : undefined;
    },
    newProof: (of) => proofs.createChallenge(of),
    stateOf: async (accountId) => {
      const account = await accounts.findById(accountId);
      const credential = await passwords.find(accountId);
      if (!account || !credential) return undefined;
      const { revision, mustChange } = credential;
      const isDue = isPasswordDue(account.kind, credential, clock.now());
      return isDue ? { revision, due: mustChange ? 'given' : 'aged' } : { revision };
    },
    choose: (choice) => chooseNewPassword(credentials, choice),
  };
}

function toResult(
  outcome:
    | { ok: true; method?: 'totp' | 'recovery_code' }
    | { ok: false; reason: string; retryAfterSeconds?: number },
): SecondFactorResult {
  if (outcome.ok) return outcome;
  return outcome.retryAfterSeconds === undefined
    ? { ok: false, reason: 'code_wrong' }
    : { ok: false, reason: 'budget_exhausted', retryAfterSeconds: outcome.retryAfterSeconds };
}
