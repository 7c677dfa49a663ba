// Addresses of the account centre, and the name it has as a client of our own provider.

export const ACCOUNT_CLIENT_ID = 'account-centre';

/** `?onward=` of a verification: the registration of an organisation waits for its representative's. */
export const ONWARD_TO_ENTITIES = 'entities';

export const accountPaths = {
  overview: '/account',
  callback: '/account/callback',
  backchannelLogout: '/account/backchannel-logout',
  signOut: '/account/sign-out',
  signedOut: '/account/signed-out',
  sessions: '/account/sessions',
  endSession: '/account/sessions/end',
  endOthers: '/account/sessions/end-others',
  services: '/account/services',
  withdraw: '/account/services/withdraw',
  signOutOfSystem: '/account/services/sign-out',
  endDevice: '/account/services/end-device',
  /** Signs in, then goes on to the page where a device's code is typed. */
  device: '/account/device',
  activity: '/account/activity',
  agreements: '/account/agreements',
  security: '/account/security',
  password: '/account/security/password',
  totp: '/account/security/totp',
  removeTotp: '/account/security/totp/remove',
  /** Pages of src/verification, for who is signed in here. */
  verification: '/verification',
  verificationMatch: '/verification/match',
  verificationSocialSecurity: '/verification/social-security',
  verificationOperator: '/verification/operator',
  verificationBank: '/verification/bank',
  verificationNetwork: '/verification/network-identity',
  verificationFace: '/verification/face',
  certificates: '/verification/certificates',
  review: '/verification/review',
  reviewDetails: '/verification/review/details',
  reviewFiles: '/verification/review/files',
  /** Pages of src/legal-entities. */
  entities: '/account/entities',
  registerEntity: '/account/entities/register',
  /** Pages of src/intermediaries. */
  qualifications: '/account/entities/qualifications',
  /** Pages of src/guardianship. */
  children: '/account/children',
  addChild: '/account/children/add',
  joinChild: '/account/children/join',
  /** Pages of src/federation. */
  links: '/account/links',
  addLink: '/account/links/add',
  linkArrived: '/account/links/arrived',
  bindLink: '/account/links/bind',
  removeLink: '/account/links/remove',
  recoveryCodes: '/account/security/recovery-codes',
  makeRecoveryCodes: '/account/security/recovery-codes/make',
  passkeys: '/account/security/passkeys',
  passkeyOptions: '/account/security/passkeys/options',
  addPasskey: '/account/security/passkeys/add',
  renamePasskey: '/account/security/passkeys/rename',
  removePasskey: '/account/security/passkeys/remove',
  changePhone: '/account/security/contacts/phone',
  changeMail: '/account/security/contacts/mail',
  /** Pages of src/merge. */
  merge: '/account/merge',
  mergeBegin: '/account/merge/begin',
  mergeConfirm: '/account/merge/confirm',
  mergeAgree: '/account/merge/confirm/agree',
  mergeStop: '/account/merge/stop',
  /** Pages of src/stock-accounts. */
  oldAccount: '/account/old-account',
  oldAccountFiles: '/account/old-account/files',
  /** Pages of src/privacy. */
  privacy: '/account/privacy',
  received: '/account/privacy/received',
  export: '/account/privacy/export',
  downloadExport: '/account/privacy/export/download',
  readExport: '/account/privacy/export/read',
  correct: '/account/privacy/correct',
  close: '/account/privacy/close',
  dataRequests: '/account/privacy/requests',
  newDataRequest: '/account/privacy/requests/new',
  requestClosing: '/account/privacy/close/request',
} as const;

/** Pages that need more than a fresh password, and where their proofs are sent. */
export type ProvenPage = ContactPage | typeof accountPaths.recoveryCodes | GuardedPage;
/** Those of a first factor, where a code to a contact is the proof. */
export type ContactPage =
  | typeof accountPaths.totp
  | typeof accountPaths.passkeys
  | ContactChangePage;
export type ContactChangePage = typeof accountPaths.changePhone | typeof accountPaths.changeMail;

export function isContactChange(page: string): page is ContactChangePage {
  return page === accountPaths.changePhone || page === accountPaths.changeMail;
}

/** Addresses of the forms on a page that changes a contact. */
export function contactChangePaths(page: ContactChangePage) {
  return {
    enter: `${page}/new`,
    sendAgain: `${page}/send-again`,
    forget: `${page}/another`,
    confirm: `${page}/save`,
    remove: `${page}/remove`,
  } as const;
}

/** Those that ask for the second factor of an account that has one, and of others nothing more. */
export type GuardedPage =
  | typeof accountPaths.export
  | typeof accountPaths.close
  | typeof accountPaths.addLink
  | typeof accountPaths.mergeConfirm;
const GUARDED: ReadonlySet<string> = new Set<GuardedPage>([
  accountPaths.export,
  accountPaths.close,
  accountPaths.addLink,
  accountPaths.mergeConfirm,
]);

export function isGuarded(page: string): page is GuardedPage {
  return GUARDED.has(page);
}

export function proofPaths(page: ProvenPage) {
  return {
    sendCode: `${page}/send-code`,
    contactCode: `${page}/code`,
    factor: `${page}/confirm`,
    passkey: `${page}/confirm-passkey`,
    passkeyOptions: `${page}/confirm-options`,
  } as const;
}

/** Pages that a sign-in may return to; everything else leads to the overview. */
const PAGES: ReadonlySet<string> = new Set([
  accountPaths.overview,
  accountPaths.sessions,
  accountPaths.services,
  accountPaths.device,
  accountPaths.activity,
  accountPaths.agreements,
  accountPaths.security,
  accountPaths.totp,
  accountPaths.removeTotp,
  accountPaths.verification,
  accountPaths.verificationMatch,
  accountPaths.verificationSocialSecurity,
  accountPaths.verificationOperator,
  accountPaths.verificationBank,
  accountPaths.verificationNetwork,
  accountPaths.verificationFace,
  accountPaths.certificates,
  accountPaths.review,
  accountPaths.reviewDetails,
  accountPaths.reviewFiles,
  accountPaths.passkeys,
  accountPaths.entities,
  accountPaths.qualifications,
  accountPaths.merge,
  accountPaths.mergeConfirm,
  accountPaths.links,
  accountPaths.addLink,
  accountPaths.oldAccount,
  accountPaths.oldAccountFiles,
  accountPaths.registerEntity,
  accountPaths.children,
  accountPaths.addChild,
  accountPaths.joinChild,
  accountPaths.recoveryCodes,
  accountPaths.changePhone,
  accountPaths.changeMail,
  accountPaths.privacy,
  accountPaths.received,
  accountPaths.export,
  accountPaths.readExport,
  accountPaths.correct,
  accountPaths.close,
  accountPaths.dataRequests,
  accountPaths.newDataRequest,
]);

/** The page above this one. */
export function parentOf(page: string): string {
  const isIn = (each: string) => page.startsWith(each);
  const { security, privacy, merge, links } = accountPaths;
  const sections = [security, privacy, merge, links];
  // Who stands on one of these was let in without what the pages below it ask for.
  const lists = [accountPaths.entities, accountPaths.children].map((each) => `${each}/`);
  const list = lists.find(isIn)?.slice(0, -1);
  return sections.find(isIn) ?? list ?? accountPaths.overview;
}

/** The page itself, or the one that belongs to a form that was sent. */
export function pageOf(path: string): string {
  if (PAGES.has(path)) return path;
  const parent = path.replace(/\/[^/]*$/u, '');
  return PAGES.has(parent) ? parent : accountPaths.overview;
}

/** What goes along sealed in the state of a sign-in stays short. */
const LONGEST_ADDRESS = 200;

/** The page that is asked for with what it is about, e.g. which organisation, for after a sign-in. */
export function pageAskedFor(ctx: { method: string; path: string; querystring: string }): string {
  const { path, querystring } = ctx;
  const address = querystring === '' ? path : `${path}?${querystring}`;
  const isPage = PAGES.has(path) || path.startsWith(`${accountPaths.entities}/`);
  const isKept = ctx.method === 'GET' && isPage && address.length <= LONGEST_ADDRESS;
  return isKept ? address : pageOf(path);
}
