// What the forms of all sign-in steps share: whatever a form says, only the step that is due may
// be answered.
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { interactionPath, openInteraction } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { gatherSituation } from './sign-in-situation.ts';
import type { GatheredSituation } from './sign-in-situation.ts';
import { nextStep } from './sign-in-steps.ts';
import type { SignInStep } from './sign-in-steps.ts';

export interface StepPage<Problem extends string = string> {
  open: OpenInteraction;
  situation: GatheredSituation;
  errors?: readonly FieldError<Problem>[];
  /** 422 with errors unless given. */
  status?: number;
}

/** The interaction at this step; undefined when the reader has been sent to the one that is due. */
export async function dueStep(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: { uid: string; step: SignInStep['step'] },
): Promise<StepPage<never> | undefined> {
  const open = await openInteraction(deps, ctx, of.uid);
  if (!open) return undefined;
  if (open.interaction.prompt.name === 'login') {
    const situation = await gatherSituation(deps, open);
    if (nextStep(situation).step === of.step) return { open, situation };
  }
  redirect(ctx, interactionPath(of.uid));
  return undefined;
}

/** Digits as they were meant: full-width ones, and the spaces of a grouped code. */
export function typedCode(text: string): string {
  return text.normalize('NFKC').replaceAll(/\s/gu, '');
}
