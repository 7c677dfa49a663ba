// Whose means the province keeps, with what its adapter knows of its pages.
import { LinkStore } from '../federation/link-store.ts';
import type { UpstreamAdapters } from '../federation/upstream/upstream-adapters.ts';
import { ProvinceResidents } from '../registration-mode/province-residents.ts';
import type { Domains } from './domains.ts';

export function openResidents(domains: Domains & { adapters: UpstreamAdapters }) {
  return new ProvinceResidents({
    ...domains,
    links: new LinkStore(domains),
    publishedAccountPage: (peer) => domains.adapters[peer.connection.protocol].accountPage?.(peer),
  });
}
