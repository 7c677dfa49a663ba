// The sign-in platforms of three provinces in one process, each under a path of its own, written from what is
// published of them. They know nothing of how the city reads them.
import type Koa from 'koa';
import { createRegisterApp } from '../registers/register-app.ts';
import { DialectFaults } from './dialect-faults.ts';
import { JisServer } from './jis-server.ts';
import type { JisSettings } from './jis-server.ts';
import { TifServer } from './tif-server.ts';
import type { TifSettings } from './tif-server.ts';
import { ZhejiangServer } from './zhejiang-server.ts';
import type { ZhejiangSettings } from './zhejiang-server.ts';

export type DialectsPart = {
  readonly port: number;
  readonly publicUrl: string;
  /** Of the cities that people are sent back to. */
  readonly returnOrigins: readonly string[];
  readonly tif: TifSettings;
  readonly jis: JisSettings;
  readonly zhejiang: ZhejiangSettings;
};

export function createDialects(
  part: Omit<DialectsPart, 'port'> & { readonly log: (line: object) => void },
): Koa {
  const { publicUrl, returnOrigins, log } = part;
  const faults = {
    tif: new DialectFaults(),
    jis: new DialectFaults(),
    zhejiang: new DialectFaults(),
  };
  const shell = { key: 'dialects', publicUrl, formTargets: returnOrigins, log };
  return createRegisterApp(shell, (router, pages) => {
    router.get('/', (ctx) =>
      pages.show(ctx, {
        page: 'dialects',
        platforms: Object.entries(faults).map(([platform, { mode }]) => ({ platform, mode })),
      }),
    );
    for (const [platform, each] of Object.entries(faults)) each.addRoutes(router, `/${platform}`);
    const of = { pages, returnOrigins };
    new TifServer({ ...of, platform: 'tif', faults: faults.tif }, part.tif).addRoutes(router);
    new JisServer({ ...of, platform: 'jis', faults: faults.jis }, part.jis).addRoutes(router);
    const zhejiang = { ...of, platform: 'zhejiang', faults: faults.zhejiang } as const;
    new ZhejiangServer(zhejiang, part.zhejiang).addRoutes(router);
  });
}
