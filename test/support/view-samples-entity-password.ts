// The page of an organisation's password in the examples of view-samples.ts.
import { company, spaceFrame } from './view-samples-entity-space.ts';
import type { Samples } from './view-samples.ts';

const fields = { entity: 'e1' };
const page = {
  ...spaceFrame,
  entityName: company.name,
  uscc: company.uscc,
  form: { action: '/account/entities/password', fields },
  backHref: '/account/entities/view?entity=e1',
} as const;

export function entityPasswordSamples() {
  return {
    'legal-entities/password': [
      { variant: 'first', locals: { ...page, hasFactors: false, errors: [] } },
      {
        variant: 'change',
        locals: {
          ...page,
          changedAt: new Date('2026-11-22T06:05:00Z'),
          hasFactors: true,
          removeForm: { action: '/account/entities/password/remove', fields },
          errors: [{ field: 'new-password', key: 'entity-password.problem.contains_personal' }],
        },
      },
    ],
  } satisfies Partial<Samples>;
}
