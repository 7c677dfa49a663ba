// The services 事项 of the city, by the codes that clients register: their names, and what each asks
// of the person who signs in and of the organisation acted for. A code that is not in it asks nothing.
import type { ServiceConfig } from '../platform/services-config.ts';
import type { Locale } from '../platform/http/locale.ts';

type Minimum = 'minimumLevel' | 'minimumEntityLevel';

export class ServiceCatalogue {
  readonly #services: ReadonlyMap<string, ServiceConfig>;

  constructor(services: readonly ServiceConfig[]) {
    this.#services = new Map(services.map((service) => [service.code, service]));
  }

  find(code: string): ServiceConfig | undefined {
    return this.#services.get(code);
  }

  /** The code itself where the catalogue has no name for it. */
  nameOf(code: string, locale: Locale): string {
    return this.#services.get(code)?.name[locale] ?? code;
  }

  /** What all of these together ask for: the highest; 0 for nothing. */
  minimumOf(codes: readonly string[], minimum: Minimum): number {
    return Math.max(0, ...codes.map((code) => this.#services.get(code)?.[minimum] ?? 0));
  }

  /** What any use of a client asks for that serves these: the lowest; 0 for nothing. */
  leastOf(codes: readonly string[], minimum: Minimum): number {
    if (codes.length === 0) return 0;
    return Math.min(...codes.map((code) => this.#services.get(code)?.[minimum] ?? 0));
  }
}
