// What the sign-in page is given.
import { accountKinds } from '../accounts/account.ts';
import type { AccountKind } from '../accounts/account.ts';
import type {
  PasskeyFormView,
  SignInLocals,
  SignInProblem,
} from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { interactionPath } from './interaction-access.ts';
import { clientExtras } from '../oidc/claims/client-extras.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { OrganisationMeans } from './sign-in-steps.ts';
import type { ProofForm } from './interaction-deps.ts';

export interface SignInPage {
  kind: AccountKind;
  login: string;
  errors?: readonly FieldError<SignInProblem>[];
  proof?: ProofForm | undefined;
  /** Passwords are not verified for so long. */
  exhaustedSeconds?: number;
  /** This browser has just made an account. */
  isRegistered?: boolean;
  /** This browser has just recovered one. */
  isRecovered?: boolean;
  /** What the city offers to organisations. */
  organisationMeans?: readonly OrganisationMeans[];
  /** Signed in here, where another account is wanted: masked. */
  present?: string | undefined;
}

/** Where somebody goes who cannot sign in any more; the way back leads here. */
export function recoverHref({ interaction }: OpenInteraction): string {
  return `/recover?interaction=${interaction.uid}`;
}

/** The kinds of accounts the client is made for, as it registered them; all when it did not. */
export function servedKinds({ client }: OpenInteraction): AccountKind[] {
  const { subjects } = clientExtras(client);
  // Whoever acts for an organisation signs in as himself.
  const comesIn = (kind: AccountKind) =>
    subjects?.has(kind) === true || (kind === 'naturalPerson' && subjects?.has('legalEntity'));
  return subjects ? accountKinds.filter(comesIn) : [...accountKinds];
}

/** The form that a script fills in with what the browser makes. */
export function passkeyForm(path: string): PasskeyFormView {
  return { form: { action: `${path}/passkey` }, optionsAction: `${path}/passkey/options` };
}

/** What an organisation can show in place of its password, where that is whom the page is for. */
function organisationHrefs(
  { interaction: { uid } }: OpenInteraction,
  { kind, organisationMeans = [] }: SignInPage,
): Pick<SignInLocals, 'licenceHref' | 'certificateHref'> {
  if (kind !== 'legalEntity') return {};
  const path = `${interactionPath(uid)}/organisation`;
  const has = (means: OrganisationMeans) => organisationMeans.includes(means);
  return {
    ...(has('licence') ? { licenceHref: `${path}/licence` } : {}),
    ...(has('certificate') ? { certificateHref: `${path}/certificate` } : {}),
  };
}

export function presentSignIn(open: OpenInteraction, page: SignInPage): SignInLocals {
  const path = interactionPath(open.interaction.uid);
  const { proof } = page;
  return {
    relyingParty: open.relyingParty,
    tabs: servedKinds(open).map((kind) => ({
      kind,
      href: `${path}?kind=${kind}`,
      isCurrent: kind === page.kind,
    })),
    form: { action: `${path}/sign-in`, fields: { kind: page.kind } },
    keepForm: { id: 'sign-in-form', action: `${path}/sign-in/display` },
    ...(servedKinds(open).includes('naturalPerson')
      ? { signUpHref: `/sign-up?interaction=${open.interaction.uid}` }
      : {}),
    ...(page.isRegistered === true ? { registeredForm: { action: `${path}/registered` } } : {}),
    ...(page.isRecovered === true ? { recoveredForm: { action: `${path}/recovered` } } : {}),
    recoverHref: recoverHref(open),
    ...codeHref(open, page.kind),
    ...organisationHrefs(open, page),
    passkey: passkeyForm(path),
    ...(open.aim === 'other_account'
      ? { otherThan: page.present === undefined ? {} : { maskedName: page.present } }
      : { isAgain: open.interaction.session?.accountId !== undefined }),
    login: page.login,
    errors: page.errors ?? [],
    cancelForm: { action: `${path}/cancel` },
    ...(page.exhaustedSeconds === undefined
      ? {}
      : { isExhausted: true, retryMinutes: Math.ceil(page.exhaustedSeconds / 60) }),
    ...(proof
      ? {
          proofOfWork: {
            challenge: JSON.stringify(proof.challenge),
            waitSeconds: proof.waitSeconds,
            waitToken: proof.waitTicket,
          },
        }
      : {}),
  };
}

/** Not for staff, nor for who is signed in already. */
function codeHref({ interaction }: OpenInteraction, kind: AccountKind): { codeHref?: string } {
  const isOffered = kind !== 'civilServant' && interaction.session?.accountId === undefined;
  return isOffered ? { codeHref: `${interactionPath(interaction.uid)}/code?for=${kind}` } : {};
}
