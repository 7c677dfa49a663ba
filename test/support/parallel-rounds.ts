// How often the test of parallel clients runs: a few times, or as HUTONG_PARALLEL_ROUNDS says.
export const parallelRounds = Number(process.env['HUTONG_PARALLEL_ROUNDS'] ?? 3);
