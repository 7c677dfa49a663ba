// One filled-in example of every page, and of its variants: for the checks of all pages and for
// looking at them. The type makes a new view without an example fail to compile.
import { createChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import QRCode from 'qrcode';
import type { ViewLocals, ViewName } from '../../src/platform/http/view-locals.ts';
import { accountSamples } from './view-samples-account.ts';
import { registrationSamples } from './view-samples-registration.ts';
import { provinceVariants, registrationModeSamples } from './view-samples-registration-mode.ts';
import { recoverySamples } from './view-samples-recovery.ts';
import { factorSamples } from './view-samples-factors.ts';
import { platformSamples } from './view-samples-platform.ts';
import { privacySamples } from './view-samples-privacy.ts';
import { protocolSamples } from './view-samples-protocol.ts';
import { reviewSamples } from './view-samples-review.ts';
import { migrationSamples } from './view-samples-migration.ts';
import { entityPasswordSamples } from './view-samples-entity-password.ts';
import { entityProofSamples } from './view-samples-entity-proofs.ts';
import { entityReviewSamples } from './view-samples-entity-review.ts';
import { federationSamples, manyUpstreams } from './view-samples-federation.ts';
import { entitySignInSamples } from './view-samples-entity-sign-in.ts';
import { identitySamples } from './view-samples-identity.ts';
import { intermediarySamples } from './view-samples-intermediaries.ts';
import { guardianshipSamples } from './view-samples-guardianship.ts';
import { entitySpaceSamples } from './view-samples-entity-space.ts';
import { subAccountSamples } from './view-samples-sub-accounts.ts';
import { handlerRequestSamples } from './view-samples-handler-requests.ts';
import { mandateSamples } from './view-samples-mandates.ts';
import { legalEntitySamples } from './view-samples-legal-entities.ts';
import { adminSamples } from './view-samples-admin.ts';
import { mergeSamples } from './view-samples-merge.ts';
import { verificationSamples } from './view-samples-verification.ts';

export interface Sample<V extends ViewName = ViewName> {
  /** Distinguishes variants of a view. */
  variant: string;
  locals: ViewLocals[V];
}

export type Samples = { [V in ViewName]: readonly Sample<V>[] };

const portal = { name: '市民门户', homeUrl: 'https://portal.example.gov.cn/' };
const department = { name: '不动产登记业务系统', homeUrl: 'https://realty.example.gov.cn/' };
const form = { action: '/interaction/Vq3/submit', fields: { step: '1' } };
const cancelForm = { action: '/interaction/Vq3/cancel' };
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const otpauthUrl = `otpauth://totp/Hutong?secret=${secret}`;

const tabs = [
  { kind: 'naturalPerson', href: '?kind=person', isCurrent: true },
  { kind: 'legalEntity', href: '?kind=entity', isCurrent: false },
  { kind: 'civilServant', href: '?kind=staff', isCurrent: false },
] as const;

const keepForm = { id: 'sign-in-form', action: '/interaction/Vq3/display' };
const passkey = { form, optionsAction: '/interaction/Vq3/passkey/options' };
const signIn = {
  relyingParty: portal,
  signUpHref: '/sign-up?interaction=Vq3',
  recoverHref: '/recover?interaction=Vq3',
  codeHref: '/interaction/Vq3/code?for=naturalPerson',
  upstreams: manyUpstreams,
  tabs,
  form,
  keepForm,
  passkey,
  login: '',
  errors: [],
  cancelForm,
};

const { codeHref: _code, signUpHref: _signUp, ...again } = signIn;
const held = {
  ...again,
  tabs: tabs.slice(0, 1),
  held: { maskedName: '张*', maskedPhone: '138****8000' },
};

const given = { relyingParty: department, reason: 'given', login: 'zhougongshi' } as const;
const newPassword = { ...given, form, errors: [], cancelForm } as const;

export async function viewSamples(): Promise<Samples> {
  return {
    ...(await credentialSamples()),
    ...adminSamples(),
    ...privacySamples(),
    ...platformSamples(),
    ...interactionSamples(),
    ...protocolSamples(),
    ...accountSamples(),
    ...reviewSamples(),
    ...verificationSamples(),
    ...migrationSamples(),
    ...mergeSamples(),
    ...guardianshipSamples(),
    ...legalEntitySamples(),
    ...entitySpaceSamples(),
    ...subAccountSamples(),
    ...mandateSamples(),
    ...handlerRequestSamples(),
    ...entityPasswordSamples(),
    ...entityProofSamples(),
    ...entityReviewSamples(),
    ...entitySignInSamples(),
    ...federationSamples(),
    ...identitySamples(),
    ...intermediarySamples(),
    ...registrationModeSamples(),
    ...registrationSamples(),
    ...recoverySamples(),
    ...factorSamples(),
  };
}

async function credentialSamples() {
  const qrSvg = await QRCode.toString(otpauthUrl, { type: 'svg', margin: 0 });
  const challenge = await createChallenge({
    algorithm: 'PBKDF2/SHA-256',
    cost: 100,
    deriveKey,
    hmacSignatureSecret: 'sample',
  });
  const enrolment = { form, qrSvg, secret, otpauthUrl };
  const demanded = {
    ...enrolment,
    relyingParty: department,
    reason: 'demanded',
    passkey: { form, optionsAction: '/options' },
    cancelForm,
  } as const;
  const refused = [{ key: 'sign-in.refused', href: signIn.recoverHref }] as const;
  return {
    'credentials/sign-in': [
      ...provinceVariants(signIn),
      { variant: 'plain', locals: signIn },
      { variant: 'back', locals: { ...signIn, registeredForm: form, recoveredForm: form } },
      { variant: 'other-account', locals: { ...signIn, otherThan: { maskedName: '张*' } } },
      { variant: 'held', locals: { ...held, errors: [] } },
      {
        variant: 'held-refused',
        locals: {
          ...held,
          held: { maskedName: '张*', changeHref: '/interaction/1?kind=naturalPerson' },
          errors: [{ field: 'password', key: 'confirm-code.password_refused' }],
        },
      },
      {
        variant: 'missing',
        locals: {
          ...signIn,
          errors: [
            { field: 'login', key: 'sign-in.login_missing' },
            { field: 'password', key: 'sign-in.password_missing' },
          ],
        },
      },
      {
        variant: 'refused',
        locals: {
          ...signIn,
          login: 'zhangsan',
          errors: refused,
          proofOfWork: {
            challenge: JSON.stringify(challenge),
            waitSeconds: 15,
            waitToken: 'w',
          },
        },
      },
      {
        variant: 'exhausted',
        locals: { ...signIn, login: 'zhangsan', errors: [], isExhausted: true, retryMinutes: 28 },
      },
    ],
    'credentials/contact-missing': [
      { variant: 'plain', locals: { relyingParty: department, form } },
    ],
    'credentials/new-password': [
      { variant: 'given', locals: { ...newPassword, rules: 'level3' } },
      {
        variant: 'refused',
        locals: {
          ...newPassword,
          reason: 'aged',
          rules: 'citizen',
          errors: [
            { field: 'new-password', key: 'new-password.problem.too_short' },
            { field: 'new-password', key: 'new-password.problem.contains_personal' },
          ],
        },
      },
    ],
    'credentials/totp-enrol': [
      {
        variant: 'demanded',
        locals: { ...demanded, errors: [{ key: 'totp-enrol.passkey_refused' }] },
      },
      {
        variant: 'chosen',
        locals: {
          ...enrolment,
          reason: 'chosen',
          errors: [{ field: 'otp', key: 'totp-enrol.refused' }],
          cancelHref: '/account/security',
        },
      },
    ],
  } satisfies Partial<Samples>;
}

function interactionSamples() {
  return {
    'oidc/level-unmet': [
      {
        variant: 'plain',
        locals: {
          relyingParty: department,
          currentLevel: 1,
          neededLevel: 3,
          needsFactorToo: false,
          form,
        },
      },
      {
        variant: 'online',
        locals: {
          relyingParty: department,
          currentLevel: 1,
          neededLevel: 3,
          needsFactorToo: true,
          serviceName: '不动产转移登记',
          verifyHref: '/verification?continue=Vq3Vq3Vq3Vq3',
          form,
        },
      },
    ],
    'oidc/level-unknown': [{ variant: 'plain', locals: { relyingParty: department, form } }],
    'oidc/interaction-expired': [
      { variant: 'expired', locals: { reason: 'expired', restart: form, relyingParty: portal } },
      { variant: 'finished', locals: { reason: 'finished', relyingParty: portal } },
      { variant: 'unknown', locals: { reason: 'expired' } },
    ],
    'oidc/form-post': [
      {
        variant: 'plain',
        locals: { action: '/echo', fields: { code: 'c', state: 's"<' }, relyingParty: portal },
      },
    ],
    'consent/consent': [
      {
        variant: 'plain',
        locals: {
          relyingParty: { name: '企业服务专区' },
          operator: '某某科技服务有限公司',
          purpose: '办理惠企政策申报，核对申报人身份',
          items: [
            { name: 'profile', isSensitive: false },
            { name: 'phone', isSensitive: false },
            { name: 'claim:email', words: { key: 'consent.claim.email' }, isSensitive: false },
            { name: 'real_name', isSensitive: true },
            { name: 'id_document', isSensitive: true },
          ],
          isOffline: true,
          form,
          cancelForm,
          errors: [],
        },
      },
      {
        variant: 'missing',
        locals: {
          relyingParty: { name: '企业服务专区' },
          items: [{ name: 'id_document', isSensitive: true }],
          isOffline: false,
          form,
          cancelForm,
          errors: [{ field: 'sensitive', key: 'consent.sensitive_missing' }],
        },
      },
    ],
    'sessions/sign-out-confirm': [
      {
        variant: 'client',
        locals: {
          relyingParty: portal,
          form,
          openSystems: ['市民门户', '不动产登记业务系统', '企业服务专区'],
        },
      },
      { variant: 'plain', locals: { form, openSystems: [] } },
    ],
    'sessions/signed-out': [
      { variant: 'global', locals: { isGlobal: true, relyingParty: portal } },
      { variant: 'client', locals: { isGlobal: false, relyingParty: portal } },
    ],
  } satisfies Partial<Samples>;
}
