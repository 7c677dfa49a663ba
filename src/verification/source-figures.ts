// The sources as figures: calls by outcome, state of the breaker, what is left of the day's budget.
import type { Metrics } from '../platform/metrics.ts';
import type { ConnectorRunner } from './connector-runner.ts';

export function observeSources(
  metrics: Pick<Metrics, 'observe'>,
  runners: readonly ConnectorRunner[],
): void {
  if (runners.length === 0) return;
  metrics.observe({
    name: 'hutong_verification_calls_total',
    help: 'Questions to sources of identity checks, by outcome.',
    labels: ['source', 'outcome'],
    kind: 'counter',
    scope: 'process',
    read: () =>
      runners
        .map((runner) => runner.figures())
        .flatMap(({ source, counts }) =>
          counts.map(([outcome, count]) => [[source, outcome], count] as const),
        ),
  });
  metrics.observe({
    name: 'hutong_verification_breaker',
    help: 'Circuit breaker of a source: 0 closed, 1 probing, 2 open.',
    labels: ['source'],
    kind: 'gauge',
    scope: 'process',
    read: () => runners.map((runner) => [[runner.source], runner.figures().breaker] as const),
  });
  metrics.observe({
    name: 'hutong_verification_budget_left',
    help: 'Questions that a source may still be asked today.',
    labels: ['source'],
    kind: 'gauge',
    scope: 'shared',
    read: () =>
      Promise.all(
        runners.map(
          async (runner) => [[runner.source], await runner.figures().budgetLeft()] as const,
        ),
      ),
  });
}
