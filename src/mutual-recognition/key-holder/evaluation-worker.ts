// A thread that evaluates one batch after the other.
import { parentPort } from 'node:worker_threads';
import { openOprf } from '../oprf.ts';
import type { EvaluationOrder } from './evaluation-threads.ts';

const oprf = await openOprf();

parentPort?.on('message', ({ key, blinded }: EvaluationOrder) => {
  parentPort?.postMessage(oprf.evaluate(key, blinded));
});
