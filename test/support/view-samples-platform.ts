// The part of the platform's own pages in the examples of view-samples.ts.
import type { Samples } from './view-samples.ts';

export function platformSamples() {
  return {
    'platform/index': [{ variant: 'plain', locals: {} }],
    'platform/help': [{ variant: 'plain', locals: {} }],
    'platform/privacy': [{ variant: 'plain', locals: {} }],
    'platform/accessibility': [{ variant: 'plain', locals: {} }],
    'platform/cookies-required': [{ variant: 'plain', locals: {} }],
    'platform/error': [
      { variant: 'plain', locals: { code: 'internal' } },
      {
        variant: 'busy',
        locals: { code: 'overloaded', retryAfterSeconds: 5 },
      },
      {
        variant: 'protocol',
        locals: {
          code: 'protocol_error',
          protocol: {
            error: 'invalid_redirect_uri',
            description: "redirect_uri did not match any of the client's registered redirect_uris",
            clientName: '市民门户',
            parameter: 'redirect_uri',
            received:
              'https://portal.example.gov.cn/callback?with=a-very-long-address-that-must-wrap',
            registered: ['https://portal.example.gov.cn/oidc/callback'],
          },
        },
      },
      {
        variant: 'untrusted',
        locals: {
          code: 'protocol_error',
          protocol: {
            error: 'invalid_trust_chain',
            parameter: 'client_id',
            received: 'https://service.other-city.example.gov.cn',
            trust: {
              reason: 'level_cap_raised',
              entity: 'https://identity.other-city.example.gov.cn',
            },
          },
        },
      },
    ],
  } satisfies Partial<Samples>;
}
