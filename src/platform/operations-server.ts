// The operator's own listener: `/healthz`, `/readyz`, `/metrics`. Apart from the port that people
// come to, so that no proxy rule stands between these and the public.
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { alive, readyAnswer } from './http/probes.ts';
import type { Logger } from './logger.ts';
import { metricsContentType } from './prometheus.ts';
import type { ReadinessReport } from './readiness.ts';

export interface OperationsSource {
  readiness(): Promise<ReadinessReport & { workers?: unknown }>;
  /** In Prometheus' text form. */
  metrics(): Promise<string>;
}

/** Rejects when the address is taken. */
export async function startOperationsServer(
  address: { host: string; port: number },
  deps: { source: OperationsSource; logger: Logger },
): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request.url ?? '', response, deps.source).catch((error: unknown) => {
      deps.logger.error({ err: error }, 'the operations listener could not answer');
      send(response, 500, { status: 'failed' });
    });
  });
  server.listen(address);
  await once(server, 'listening');
  return server;
}

async function answer(url: string, response: ServerResponse, source: OperationsSource) {
  const [path = ''] = url.split('?');
  switch (path) {
    case '/healthz':
      send(response, 200, alive);
      return;
    case '/readyz': {
      const report = await source.readiness();
      const { status, body } = await readyAnswer({ report: () => Promise.resolve(report) });
      send(response, status, report.workers ? { ...body, workers: report.workers } : body);
      return;
    }
    case '/metrics': {
      const text = await source.metrics();
      response.writeHead(200, { 'Content-Type': metricsContentType }).end(text);
      return;
    }
    default:
      send(response, 404, { status: 'not_found' });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
}
