// Computes digests of other systems beside the requests: bcrypt in JavaScript would stop them all.
import { parentPort } from 'node:worker_threads';
import { foreignDigest } from './foreign-digest.ts';
import type { DigestAnswer, DigestQuestion } from './foreign-hasher.ts';

parentPort?.on('message', ({ id, recipe, password }: DigestQuestion) => {
  const answer: DigestAnswer = { id, digest: foreignDigest(recipe, password) };
  parentPort?.postMessage(answer);
});
