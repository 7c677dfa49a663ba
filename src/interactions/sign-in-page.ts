// What the sign-in page is given.
import { accountKinds } from '../accounts/account.ts';
import type { AccountKind } from '../accounts/account.ts';
import type {
  PasskeyFormView,
  SignInLocals,
  SignInProblem,
} from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { interactionPath, upstreamHref } from './interaction-access.ts';
import { clientExtras } from '../oidc/claims/client-extras.ts';
import { displayName } from '../account/account-access.ts';
import { maskPhone } from '../accounts/masking.ts';
import type { HeldAccount } from './held-account.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { Peer } from '../peers/peer.ts';
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
  /** Signed in here, and asked once more. */
  held?: HeldAccount | undefined;
  /** Platforms that people may come from, and whether an identity of one waits for an account. */
  upstreams?: readonly Peer[];
  /** Where people register at the province, and whether they sign in there, too. */
  province?: { peer: Peer; isActive: boolean; isAlone: boolean } | undefined;
  isToBind?: boolean;
  /** Mutual recognition is connected. */
  hasElsewhere?: boolean;
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

function tabsOf(open: OpenInteraction, { kind: current, held }: SignInPage): SignInLocals['tabs'] {
  const kinds = held ? [current] : servedKinds(open);
  const path = interactionPath(open.interaction.uid);
  return kinds.map((kind) => ({
    kind,
    href: `${path}?kind=${kind}`,
    isCurrent: kind === current,
  }));
}

function heldView(
  open: OpenInteraction,
  { account, mayChange }: HeldAccount,
): NonNullable<SignInLocals['held']> {
  const { name, phone } = account;
  const path = interactionPath(open.interaction.uid);
  const [kind = account.kind] = servedKinds(open);
  return {
    maskedName: displayName(account),
    ...(name === undefined || phone === undefined ? {} : { maskedPhone: maskPhone(phone) }),
    ...(mayChange ? { changeHref: `${path}?kind=${kind}` } : {}),
  };
}

/** For who has no account, or has made one in this browser a moment ago. */
function newcomers(
  open: OpenInteraction,
  page: SignInPage,
): Pick<SignInLocals, 'signUpHref' | 'registeredForm'> {
  const { uid } = open.interaction;
  const action = `${interactionPath(uid)}/registered`;
  return {
    ...(servedKinds(open).includes('naturalPerson')
      ? { signUpHref: `/sign-up?interaction=${uid}` }
      : {}),
    ...(page.isRegistered === true ? { registeredForm: { action } } : {}),
  };
}

export function presentSignIn(open: OpenInteraction, page: SignInPage): SignInLocals {
  const path = interactionPath(open.interaction.uid);
  const { proof, held } = page;
  return {
    relyingParty: open.relyingParty,
    tabs: tabsOf(open, page),
    form: { action: `${path}/sign-in`, fields: { kind: page.kind } },
    // Where the province is the only way there is no form to keep.
    ...(provinceOf(open, page).province?.isAlone !== true
      ? { keepForm: { id: 'sign-in-form', action: `${path}/sign-in/display` } }
      : {}),
    ...(held ? { held: heldView(open, held) } : newcomers(open, page)),
    ...(page.isRecovered === true ? { recoveredForm: { action: `${path}/recovered` } } : {}),
    recoverHref: recoverHref(open),
    ...codeHref(open, page.kind),
    ...upstreamsOf(open, page),
    ...provinceOf(open, page),
    ...(page.isToBind === true ? { isToBind: true } : {}),
    ...elsewhereHref(open, page),
    ...organisationHrefs(open, page),
    ...(held?.hasPasskey === false ? {} : { passkey: passkeyForm(path) }),
    ...(open.aim === 'other_account'
      ? { otherThan: page.present === undefined ? {} : { maskedName: page.present } }
      : {}),
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

/** Not for who is signed in, nor while an identity of elsewhere waits for an account here. */
function elsewhereHref(
  { interaction: { uid } }: OpenInteraction,
  { kind, held, isToBind, hasElsewhere }: SignInPage,
): Pick<SignInLocals, 'elsewhereHref'> {
  const isOffered = hasElsewhere === true && kind === 'naturalPerson' && !held && isToBind !== true;
  return isOffered ? { elsewhereHref: `${interactionPath(uid)}/elsewhere` } : {};
}

/** For natural persons; not while one of their identities is waiting for an account. */
function provinceOf(
  { interaction: { uid } }: OpenInteraction,
  { kind, province, isToBind, held }: SignInPage,
): Pick<SignInLocals, 'province'> {
  if (!province || kind !== 'naturalPerson' || isToBind === true) return {};
  const { peer, isActive, isAlone } = province;
  const { id, names } = peer;
  const localHref = `${interactionPath(uid)}?kind=${kind}&local=yes`;
  return {
    province: {
      id,
      names,
      ...(isActive ? { href: upstreamHref(uid, id) } : {}),
      ...(isAlone && isActive ? { isAlone: true as const } : {}),
      ...(isAlone && isActive && !held ? { localHref } : {}),
    },
  };
}

/** Of natural persons; not while one of their identities is waiting for an account. */
function upstreamsOf(open: OpenInteraction, page: SignInPage): Pick<SignInLocals, 'upstreams'> {
  const { upstreams: list = [] } = page;
  if (page.kind !== 'naturalPerson' || page.isToBind === true || list.length === 0) return {};
  const { uid } = open.interaction;
  const others = list.filter(({ id }) => id !== page.province?.peer.id);
  return { upstreams: others.map(({ id, names }) => ({ id, names, href: upstreamHref(uid, id) })) };
}

/** Not for staff, nor for who is signed in already. */
function codeHref({ interaction }: OpenInteraction, kind: AccountKind): { codeHref?: string } {
  const isOffered = kind !== 'civilServant' && interaction.session?.accountId === undefined;
  return isOffered ? { codeHref: `${interactionPath(interaction.uid)}/code?for=${kind}` } : {};
}
