// The pages that ask for a second factor: their part of the examples in view-samples.ts.
import type { Samples } from './view-samples.ts';

const department = { name: '不动产登记业务系统', homeUrl: 'https://realty.example.gov.cn/' };
const form = { action: '/interaction/Vq3/submit', fields: { step: '1' } };
const cancelForm = { action: '/interaction/Vq3/cancel' };
const passkey = { form, optionsAction: '/interaction/Vq3/passkey/options' };

export function factorSamples() {
  return {
    'credentials/second-factor': [
      {
        variant: 'plain',
        locals: { relyingParty: department, form, errors: [], cancelForm },
      },
      {
        variant: 'refused',
        locals: {
          form,
          passkey,
          recovery: form,
          errors: [{ field: 'otp', key: 'second-factor.refused' }],
        },
      },
      {
        variant: 'passkey',
        locals: { relyingParty: department, passkey, errors: [{ key: 'passkey.refused' }] },
      },
    ],
  } satisfies Partial<Samples>;
}
