// Which pages are the province's. Of the registration all of natural persons, but the one that says that an
// account has just been made; of the verification all but those of a case that reviewers have; of the
// recovery the first, which leads on whoever is not linked.
import {
  interactionId,
  signInPath,
  signUpPaths,
  signUpStart,
} from '../registration/sign-up-paths.ts';
import { upstreamHref } from '../interactions/interaction-access.ts';
import { accountPaths, ONWARD_TO_ENTITIES } from '../account/account-paths.ts';
import { recoveryPaths, recoveryStart } from '../recovery/recovery-paths.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Route } from '../platform/http/route.ts';
import { handedOver } from './hand-over.ts';
import type { HandOverDependencies } from './hand-over.ts';
import { provincePaths } from './province-paths.ts';

export function signUpAtProvince(routes: readonly Route[], deps: HandOverDependencies): Route[] {
  const { mode } = deps;
  return handedOver(routes, deps, {
    what: 'registration',
    isHandedOver: (ctx, { path }) =>
      mode.mode !== 'independent' && path !== signUpPaths.registered && !isOfEntity(ctx),
    hrefs: (ctx) => {
      const interaction = interactionOf(ctx.query['interaction']);
      return {
        goHref: goHref(interaction, mode.province?.id),
        backHref: signInPath(interaction),
        entityHref: signUpStart({ interaction, kind: 'legalEntity' }),
      };
    },
  });
}

export function verificationAtProvince(
  routes: readonly Route[],
  deps: HandOverDependencies,
): Route[] {
  const { mode } = deps;
  return handedOver(routes, deps, {
    what: 'verification',
    isHandedOver: (_ctx, { path }) => mode.mode !== 'independent' && !OF_CASES.has(path),
    hrefs: (ctx) => {
      const interaction = interactionOf(ctx.query['continue']);
      // A system waits: the province is asked for what the system needs, and leads back to it.
      if (interaction !== undefined) {
        const goHref = upstreamHref(interaction, mode.province?.id ?? '');
        return { goHref, backHref: signInPath(interaction) };
      }
      const isOnward = ctx.query['onward'] === ONWARD_TO_ENTITIES;
      return {
        goHref: `${provincePaths.verification}${isOnward ? `?onward=${ONWARD_TO_ENTITIES}` : ''}`,
        linkHref: accountPaths.addLink,
        backHref: signInPath(undefined),
      };
    },
  });
}

export function recoveryAtProvince(routes: readonly Route[], deps: HandOverDependencies): Route[] {
  const { mode } = deps;
  return handedOver(routes, deps, {
    what: 'recovery',
    isHandedOver: (ctx, { path, method }) =>
      mode.mode === 'centralized' &&
      mode.activeProvince !== undefined &&
      path === recoveryPaths.start &&
      method === 'GET' &&
      ctx.query['local'] !== 'yes',
    hrefs: (ctx) => {
      const interaction = interactionOf(ctx.query['interaction']);
      const start = recoveryStart({ interaction });
      const localHref = `${start}${start.includes('?') ? '&' : '?'}local=yes`;
      return {
        goHref: signInPath(interaction),
        backHref: signInPath(interaction),
        localHref,
      };
    },
  });
}

/** Reviewers decide what they have. */
const OF_CASES: ReadonlySet<string> = new Set([
  accountPaths.review,
  `${accountPaths.review}/withdraw`,
]);

function isOfEntity(ctx: HttpContext): boolean {
  return ctx.method === 'GET' && ctx.query['kind'] === 'legalEntity';
}

/** The sign-in that it began from, if it says so. */
function interactionOf(text: unknown): string | undefined {
  return interactionId.optional().catch(undefined).parse(text);
}

function goHref(interaction: string | undefined, peerId = ''): string {
  return interaction === undefined
    ? provincePaths.signUp
    : `${upstreamHref(interaction, peerId)}?register=yes`;
}
