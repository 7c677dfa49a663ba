// The first page of the account centre: the person's own data, masked, and where things stand.
import type { Account } from '../accounts/account.ts';
import { maskEmail, maskNumber, maskPhone } from '../accounts/masking.ts';
import { hasSecondFactor } from '../credentials/second-factor.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { OverviewLocals } from './account.views.ts';
import { accountFrame, displayName, visitorOrSignIn } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { ACCOUNT_CLIENT_ID, accountPaths, pageOf, proofPaths } from './account-paths.ts';
import type { ProvenPage } from './account-paths.ts';
import { redirect } from '../platform/http/redirect.ts';
import { keptView } from '../registration-mode/kept-means.ts';

/** Take forms only; opened by themselves they lead to the page the form stands on. */
const formPaths: Readonly<Record<string, string>> = {
  sign_out: accountPaths.signOut,
  end_session: accountPaths.endSession,
  end_others: accountPaths.endOthers,
  withdraw: accountPaths.withdraw,
  sign_out_of_system: accountPaths.signOutOfSystem,
  end_device: accountPaths.endDevice,
  change_password: accountPaths.password,
  add_passkey: accountPaths.addPasskey,
  rename_passkey: accountPaths.renamePasskey,
  remove_passkey: accountPaths.removePasskey,
  make_recovery_codes: accountPaths.makeRecoveryCodes,
  ...proofForms('totp', accountPaths.totp),
  ...proofForms('passkeys', accountPaths.passkeys),
  bind_link: accountPaths.bindLink,
  remove_link: accountPaths.removeLink,
  add_link_confirm: proofPaths(accountPaths.addLink).factor,
  add_link_confirm_passkey: proofPaths(accountPaths.addLink).passkey,
  export_file: accountPaths.downloadExport,
  export_confirm: proofPaths(accountPaths.export).factor,
  export_confirm_passkey: proofPaths(accountPaths.export).passkey,
  close_request: accountPaths.requestClosing,
  close_confirm: proofPaths(accountPaths.close).factor,
  close_confirm_passkey: proofPaths(accountPaths.close).passkey,
};

function proofForms(name: string, page: ProvenPage): Record<string, string> {
  const { sendCode, contactCode, factor, passkey } = proofPaths(page);
  return {
    [`${name}_send_code`]: sendCode,
    [`${name}_code`]: contactCode,
    [`${name}_confirm`]: factor,
    [`${name}_confirm_passkey`]: passkey,
  };
}

export function overviewRoutes(deps: AccountDependencies): Route[] {
  return [
    ...Object.entries(formPaths).map(([name, path]) =>
      defineRoute({
        method: 'GET',
        path,
        name: `account.form_${name}`,
        handle: (ctx) => redirect(ctx, pageOf(path)),
      }),
    ),
    defineRoute({
      method: 'GET',
      path: accountPaths.overview,
      name: 'account.overview',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(deps, ctx);
        if (!visitor) return;
        const { account } = visitor;
        const frame = await accountFrame(deps, visitor);
        const kept = await deps.residents.keptOf(account);
        ctx.render('account/overview', {
          ...frame,
          ...profile(account),
          ...(kept ? { kept: { ...keptView(ctx, kept), means: [...kept.means] } } : {}),
          ...(await state(deps, account)),
        });
      },
    }),
  ];
}

function profile(account: Account) {
  const { certificate, uscc, phone, email, kind } = account;
  const number =
    kind === 'legalEntity' ? uscc : certificate && maskNumber(certificate.number, 'signedIn');
  return {
    kind,
    maskedName: displayName(account),
    realNameLevel: account.realNameLevel,
    ...(number === undefined ? {} : { maskedCertificate: number }),
    ...(phone === undefined ? {} : { maskedPhone: maskPhone(phone) }),
    ...(email === undefined ? {} : { maskedEmail: maskEmail(email) }),
  };
}

async function state(
  deps: AccountDependencies,
  { id }: Account,
): Promise<
  Pick<
    OverviewLocals,
    'hasSecondFactor' | 'sessionCount' | 'serviceCount' | 'lastSignIn' | 'mergeReadyAt'
  >
> {
  const [hasFactor, sessions, consents, signIns, mergeReadyAt] = await Promise.all([
    hasSecondFactor(deps.credentials, id),
    deps.sessions.listByAccount(id),
    deps.consents.listByAccount(id),
    deps.audit.listBySubject(id, ['sign_in.succeeded'], { limit: 2 }),
    deps.mergeReadyAt(id),
  ]);
  // The newest is the one that brought the person here.
  const [, last] = signIns;
  return {
    hasSecondFactor: hasFactor,
    sessionCount: sessions.length,
    serviceCount: consents.filter(({ clientId }) => clientId !== ACCOUNT_CLIENT_ID).length,
    ...(mergeReadyAt ? { mergeReadyAt } : {}),
    ...(last ? { lastSignIn: { at: last.at, address: last.address ?? '' } } : {}),
  };
}
