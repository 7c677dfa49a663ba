// Signing an organisation in with its certificate (CA, UKey): a text to sign with any program that the
// certificate works with, and the signature pasted or sent as a file.
import { z } from 'zod';
import { MAX_SIGNATURE_BYTES } from '../entity-proofs/signed-message.ts';
import type { SignInCertificateProblem } from '../entity-sign-in/prove-organisation.ts';
import type {
  OrganisationCertificateProblem,
  OwnWords,
} from '../entity-sign-in/entity-sign-in.views.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { interactionParams } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import {
  acceptOrganisation,
  openForOrganisation,
  organisationFrame,
  organisationHref,
} from './organisation-access.ts';
import type { ShowingOrganisation } from './organisation-access.ts';

const identified = z.object({ challenge: z.string().max(100).default('') });
const TOO_LARGE = Buffer.alloc(MAX_SIGNATURE_BYTES + 1);

export function organisationCertificateRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid/organisation/certificate',
      name: 'interactions.certificate_page',
      input: { params: interactionParams },
      async handle(ctx, { params: { uid } }) {
        const showing = await openForOrganisation(deps, ctx, { uid, means: 'certificate' });
        if (showing) await showForm(deps, ctx, { showing });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid/organisation/certificate-text',
      name: 'interactions.certificate_text',
      input: { params: interactionParams },
      async handle(ctx, { params: { uid } }) {
        const showing = await openForOrganisation(deps, ctx, { uid, means: 'certificate' });
        if (!showing) return;
        const { text } = await challengeOf(deps, showing);
        ctx.type = 'text/plain';
        ctx.set('Content-Disposition', 'attachment; filename="to-sign.txt"');
        ctx.body = text;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/organisation/certificate',
      name: 'interactions.certificate',
      limiter: 'signIn',
      csrf: 'token',
      input: {
        params: interactionParams,
        body: identified.extend({ signature: z.string().max(90_000).default('') }),
      },
      async handle(ctx, { params: { uid }, body }) {
        const signature = Buffer.from(body.signature.trim(), 'utf8');
        await present(deps, ctx, { uid, challengeId: body.challenge, signature });
      },
    }),
    fileRoute(deps),
  ];
}

function fileRoute(deps: InteractionDependencies): Route {
  return defineRoute({
    method: 'POST',
    path: '/interaction/:uid/organisation/certificate-file',
    name: 'interactions.certificate_file',
    limiter: 'upload',
    csrf: 'token',
    input: {
      params: interactionParams,
      body: identified,
      upload: { fileBytes: MAX_SIGNATURE_BYTES, files: 1 },
    },
    async admit(ctx) {
      const [, , uid = ''] = ctx.path.split('/');
      return (await openForOrganisation(deps, ctx, { uid, means: 'certificate' })) !== undefined;
    },
    async handle(ctx, { params: { uid }, body, upload }) {
      const [file] = upload.files;
      // What is too large is no signature.
      const signature = upload.isTooLarge ? TOO_LARGE : (file?.bytes ?? Buffer.alloc(0));
      await present(deps, ctx, { uid, challengeId: body.challenge, signature });
    },
  });
}

/** @throws Error where certificates are not offered, which nothing leads to */
async function challengeOf(
  { organisations }: InteractionDependencies,
  { open }: ShowingOrganisation,
) {
  const found = await organisations.challenge(open.interaction.uid, open.relyingParty.name);
  if (!found) throw new AppError('not_found');
  return found;
}

async function present(
  deps: InteractionDependencies,
  ctx: HttpContext,
  given: { uid: string; challengeId: string; signature: Buffer },
): Promise<void> {
  const { uid } = given;
  const showing = await openForOrganisation(deps, ctx, { uid, means: 'certificate' });
  if (!showing) return;
  const system = showing.open.relyingParty.name;
  const place = { ...given, system, accountId: showing.expected?.id, address: ctx.ip };
  const outcome = await deps.organisations.proveByCertificate(place);
  if (outcome.ok) {
    await acceptOrganisation(deps, ctx, { ...showing, proven: outcome.proven });
    return;
  }
  deps.metrics.signIn('credentials_wrong');
  const { reason } = outcome;
  // Sent twice, the first was right: the second is led on.
  const again = { uid, means: 'certificate' } as const;
  if (reason === 'over' && !(await openForOrganisation(deps, ctx, again))) return;
  await showForm(deps, ctx, { showing, reason });
}

const OWN_WORDS: readonly OwnWords[] = [
  'other_organisation',
  'entity_unknown',
  'entity_unavailable',
  'revocation_unknown',
  'missing',
  'over',
  'tries_used_up',
];

function wordsOf(reason: SignInCertificateProblem): OrganisationCertificateProblem {
  const own = OWN_WORDS.find((each) => each === reason);
  if (own) return `entity-sign-in.certificate.problem.${own}`;
  const shared = reason as Exclude<SignInCertificateProblem, OwnWords>;
  return `entity-proof.certificate.problem.${shared}`;
}

const STATUS: Partial<Record<SignInCertificateProblem, number>> = {
  over: 410,
  tries_used_up: 429,
  revocation_unknown: 503,
};

async function showForm(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { showing, reason }: { showing: ShowingOrganisation; reason?: SignInCertificateProblem },
): Promise<void> {
  const { uid } = showing.open.interaction;
  const { id, text, expiresAt } = await challengeOf(deps, showing);
  const fields = { challenge: id };
  ctx.render(
    'entity-sign-in/organisation-certificate',
    {
      ...(await organisationFrame(deps, showing)),
      text,
      textHref: organisationHref(uid, 'certificate-text'),
      until: expiresAt,
      pasteForm: { action: organisationHref(uid, 'certificate'), fields },
      fileForm: { action: organisationHref(uid, 'certificate-file'), fields },
      errors: reason ? [{ field: 'signature', key: wordsOf(reason) }] : [],
    },
    { status: reason ? (STATUS[reason] ?? 422) : 200 },
  );
}
