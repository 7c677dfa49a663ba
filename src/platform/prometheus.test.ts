import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { joinSnapshots, PrometheusMetrics } from './prometheus.ts';

const logger = createLogger({ level: 'silent', service: 'test' });

function ofWorker(worker: string, signIns: number, waiting: number) {
  const metrics = new PrometheusMetrics({ logger, worker });
  for (let count = 0; count < signIns; count += 1) metrics.signIn('succeeded');
  metrics.observe({
    name: 'hutong_outbox_waiting',
    help: 'Rows.',
    labels: ['outbox'],
    kind: 'gauge',
    scope: 'shared',
    read: () => [[['logout'], waiting]],
  });
  return metrics;
}

describe('figures', () => {
  it('of several workers keep their worker, so that one that starts anew resets only its own', async () => {
    const snapshots = await Promise.all([
      ofWorker('1', 3, 7).snapshot(),
      ofWorker('2', 2, 7).snapshot(),
    ]);
    const text = await joinSnapshots(snapshots);
    expect(text).toContain('hutong_sign_ins_total{outcome="succeeded",worker="1"} 3');
    expect(text).toContain('hutong_sign_ins_total{outcome="succeeded",worker="2"} 2');
  });

  it('of the database are the same whoever reports them, and are not added up', async () => {
    const snapshots = await Promise.all([
      ofWorker('1', 0, 7).snapshot(),
      ofWorker('2', 0, 6).snapshot(),
    ]);
    expect(await joinSnapshots(snapshots)).toContain('hutong_outbox_waiting{outbox="logout"} 7');
  });

  it('that cannot be read are absent, and the others are there', async () => {
    const metrics = new PrometheusMetrics({ logger });
    const broken = { help: 'x', kind: 'gauge', scope: 'shared' } as const;
    metrics.observe({ ...broken, name: 'broken', read: () => Promise.reject(new Error('down')) });
    metrics.observe({
      ...broken,
      name: 'thrown',
      read: () => {
        throw new Error('down');
      },
    });
    metrics.error('not_found');
    const text = await metrics.text();
    expect(text).toContain('hutong_errors_total{code="not_found"} 1');
    expect(text).not.toMatch(/^(?:broken|thrown) /mu);
  });

  it('of the database are read once for many who ask', async () => {
    const metrics = new PrometheusMetrics({ logger });
    let reads = 0;
    metrics.observe({
      name: 'shared',
      help: 'x',
      kind: 'gauge',
      scope: 'shared',
      read: () => [[[], (reads += 1)]],
    });
    await Promise.all(Array.from({ length: 20 }, () => metrics.text()));
    expect(reads).toBe(1);
  });

  it('take the class of a status, not the status', async () => {
    const metrics = new PrometheusMetrics({ logger });
    metrics.request({ route: 'oidc.token', status: 204, seconds: 0.02 });
    metrics.request({ route: 'oidc.token', status: 200, seconds: 0.02 });
    const text = await metrics.text();
    expect(text).toContain('hutong_http_requests_total{route="oidc.token",status="2xx"} 2');
    expect(text).toContain(
      'hutong_http_request_duration_seconds_bucket{le="0.025",route="oidc.token"} 2',
    );
  });
});
