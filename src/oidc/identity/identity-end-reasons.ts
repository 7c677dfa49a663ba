// Why somebody acts for an organisation no more, or cannot: what the pages have words for.
import { mandateEndReasons } from '../../mandates/mandate.ts';
import { identityRefusals } from './identity-at-client.ts';

export const identityEndReasons = [
  ...identityRefusals,
  ...mandateEndReasons,
  'suspended',
  'ended_by_entity',
] as const;
