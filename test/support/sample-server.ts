// Serves the examples of all pages through the real HTTP platform, without a database.
import type { HttpApp, HttpContext } from '../../src/platform/http/context.ts';
import type { ViewName } from '../../src/platform/http/view-locals.ts';
import { startHttpServer } from './http-server.ts';
import type { TestServer } from './http-server.ts';
import { viewSamples } from './view-samples.ts';
import type { Samples } from './view-samples.ts';

export interface SampleServer extends TestServer {
  /** Path of every example, e.g. `/sample/consent/consent/plain`. */
  paths: readonly string[];
  /** Of every view the last example, which has most on it. */
  fullest: ReadonlySet<string>;
}

export async function startSampleServer(): Promise<SampleServer> {
  const renderers = sampleRenderers(await viewSamples());
  const server = await startHttpServer({ extend: (app) => serveSamples(app, renderers) });
  const paths = [...renderers.keys()];
  const viewOf = (path: string) => path.replace(/\/[^/]*$/u, '');
  const fullest = new Set(new Map(paths.map((path) => [viewOf(path), path])).values());
  return { ...server, paths, fullest };
}

type Renderers = ReadonlyMap<string, (ctx: HttpContext) => void>;

function sampleRenderers(samples: Samples): Renderers {
  const views = Object.keys(samples) as ViewName[];
  return new Map(
    views.flatMap((view) =>
      samples[view].map(({ variant, locals }) => [
        `/sample/${view}/${variant}`,
        (ctx: HttpContext) => {
          ctx.render(view, locals, view === 'platform/error' ? { isError: true } : {});
        },
      ]),
    ),
  );
}

function serveSamples(app: HttpApp, renderers: Renderers): void {
  app.use(async (ctx, next) => {
    const render = renderers.get(ctx.path);
    if (!render) return next();
    render(ctx);
  });
}
