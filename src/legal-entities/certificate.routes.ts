// The page on which an organisation's certificate is presented: a text to sign with any program that
// the certificate works with, and the signature pasted or sent as a file.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import type { ChallengeOf } from '../entity-proofs/challenge-store.ts';
import { MAX_SIGNATURE_BYTES } from '../entity-proofs/signed-message.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { certificateHref, certificateTextHref, entityHref, entityPaths } from './entity-paths.ts';
import { leadOn, proving } from './entity-proof-access.ts';
import type { Prover } from './entity-proof-access.ts';
import { personReading, personSending } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { CertificateLocals } from './legal-entities.views.ts';
import { presentCertificate } from './present-certificate.ts';
import type { CertificateRefusal, PresentCertificateDependencies } from './present-certificate.ts';

const id = z.string().max(100).default('');
const identified = z.object({ entity: id, challenge: id });

interface CertificateDependencies extends LegalEntitiesPageDependencies {
  presenting: PresentCertificateDependencies;
}

export function certificateRoutes(deps: CertificateDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.certificate,
      name: 'legal_entities.certificate_page',
      limiter: 'account',
      input: { query: z.object({ entity: id }) },
      async handle(ctx, { query }) {
        const presenter = await presenting(deps, ctx, { who: personReading, ...query });
        if (presenter) await showForm(deps, ctx, { ...presenter, errors: [] });
      },
    }),
    defineRoute({
      method: 'GET',
      path: entityPaths.certificateText,
      name: 'legal_entities.certificate_text',
      limiter: 'account',
      input: { query: z.object({ entity: id }) },
      async handle(ctx, { query }) {
        const presenter = await presenting(deps, ctx, { who: personReading, ...query });
        if (!presenter) return;
        const { text } = await deps.presenting.certificates.challenges.begin(presenter.of);
        ctx.type = 'text/plain';
        ctx.set('Content-Disposition', 'attachment; filename="to-sign.txt"');
        ctx.body = text;
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.certificate,
      name: 'legal_entities.certificate',
      limiter: 'verification',
      csrf: 'token',
      input: { body: identified.extend({ signature: z.string().max(90_000).default('') }) },
      async handle(ctx, { body }) {
        const signature = Buffer.from(body.signature.trim(), 'utf8');
        await present(deps, ctx, { ...body, signature });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.certificateFile,
      name: 'legal_entities.certificate_file',
      limiter: 'upload',
      csrf: 'token',
      input: { body: identified, upload: { fileBytes: MAX_SIGNATURE_BYTES, files: 1 } },
      admit: async (ctx) => (await personSending(deps, ctx)) !== undefined,
      async handle(ctx, { body, upload }) {
        const [file] = upload.files;
        const signature = file?.bytes ?? Buffer.alloc(0);
        // What is too large is no signature.
        await present(deps, ctx, { ...body, signature: upload.isTooLarge ? TOO_LARGE : signature });
      },
    }),
  ];
}

const TOO_LARGE = Buffer.alloc(MAX_SIGNATURE_BYTES + 1);

interface Presenter extends Prover {
  of: ChallengeOf;
}

/** Undefined when it has been answered what is due. */
async function presenting(
  deps: CertificateDependencies,
  ctx: HttpContext,
  { who, entity: entityId }: { who: typeof personReading; entity: string },
): Promise<Presenter | undefined> {
  const page = certificateHref(entityId);
  const prover = await proving(deps, ctx, { who, entity: entityId, page });
  if (!prover) return undefined;
  const { visitor, entity } = prover;
  const { id: accountId, name = '', certificate } = visitor.account;
  const number = maskNumber(certificate?.number ?? '', 'signedIn');
  const own = { accountId, sid: visitor.session.sid, person: `${maskName(name)} ${number}` };
  const { uscc } = entity ?? {};
  const purpose =
    uscc === undefined ? ({ purpose: 'register' } as const) : ({ purpose: 'raise', uscc } as const);
  return { ...prover, of: { ...own, ...purpose } };
}

async function showForm(
  { visitors, presenting: { certificates } }: CertificateDependencies,
  ctx: HttpContext,
  page: Presenter & { errors: CertificateLocals['errors']; status?: number },
): Promise<void> {
  const { visitor, of, entity, errors, status = 422 } = page;
  const challenge = await certificates.challenges.begin(of);
  const fields = { challenge: challenge.id, ...(entity ? { entity: entity.id } : {}) };
  ctx.render(
    'legal-entities/certificate',
    {
      ...(await accountFrame(visitors, visitor)),
      ...(entity ? { entityName: entity.name ?? '' } : {}),
      level: certificates.cap,
      text: challenge.text,
      textHref: certificateTextHref(entity?.id ?? ''),
      until: challenge.expiresAt,
      pasteForm: { action: entityPaths.certificate, fields },
      fileForm: { action: entityPaths.certificateFile, fields },
      backHref: entity ? entityHref(entity.id) : entityPaths.register,
      errors,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function present(
  deps: CertificateDependencies,
  ctx: HttpContext,
  body: { entity: string; challenge: string; signature: Buffer },
): Promise<void> {
  const presenter = await presenting(deps, ctx, { who: personSending, entity: body.entity });
  if (!presenter) return;
  const { visitor, of, entity } = presenter;
  const outcome = await presentCertificate(deps.presenting, visitor.account, {
    of,
    entityId: entity?.id,
    challengeId: body.challenge,
    signature: body.signature,
    address: ctx.ip,
  });
  const reason = await leadOn(deps, ctx, { visitor, outcome });
  if (!reason) return;
  const key = `entity-proof.certificate.problem.${reason}` as const;
  const errors = [{ field: 'signature', key }] as const;
  await showForm(deps, ctx, { ...presenter, errors, status: STATUS[reason] ?? 422 });
}

const STATUS: Partial<Record<CertificateRefusal, number>> = {
  over: 410,
  tries_used_up: 429,
  unavailable: 503,
  revocation_unknown: 503,
};
