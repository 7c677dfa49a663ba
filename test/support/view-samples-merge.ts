// The part of the examples in view-samples.ts about two accounts that become one.
import type { Samples } from './view-samples.ts';

const readyAt = new Date('2026-11-25T06:05:00Z');
const frame = { maskedName: '张*', signOutForm: { action: '/account/sign-out' } };
const form = { action: '/account/merge' };

export function mergeSamples() {
  return {
    'merge/overview': [
      {
        variant: 'begin',
        locals: { ...frame, state: 'begin', form, reviewHref: '/verification/review' },
      },
      { variant: 'verified', locals: { ...frame, state: 'begin' } },
      { variant: 'waiting', locals: { ...frame, state: 'waiting', readyAt, form } },
    ],
    'merge/confirm': [
      {
        variant: 'confirm',
        locals: {
          ...frame,
          state: 'confirm',
          maskedContacts: ['138****5678', 'z***@example.com'],
          form,
        },
      },
      {
        variant: 'not-completed',
        locals: { ...frame, state: 'not_completed', againHref: '/account/merge', hasReview: true },
      },
    ],
    'merge/stop': [
      { variant: 'open', locals: { state: 'open', readyAt, form } },
      { variant: 'stopped', locals: { state: 'stopped' } },
      { variant: 'over', locals: { state: 'over' } },
    ],
  } satisfies Partial<Samples>;
}
