// The files HUTONG_RECOGNITION_HUB and HUTONG_RECOGNITION: the mutual-recognition service of a hub, and how
// a platform takes part in it. Without the files there is neither.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

/** Part of the settings. */
export const recognitionSettings = {
  HUTONG_RECOGNITION_HUB: z
    .string()
    .optional()
    .describe(
      'JSON file that makes this the hub of mutual recognition, see below. Without it there is no such service.',
    ),
};

const count = z.int().min(1).max(1_000_000);

const hubSchema = z.strictObject({
  bucketQuotas: z
    .strictObject({
      perPlatformPerDay: count.default(20),
      perDay: count.default(60),
    })
    .prefault({}),
  answerAfterMs: z.int().min(0).max(1000).default(25),
});

export type RecognitionHubConfig = z.output<typeof hubSchema>;

export function loadRecognitionHub(
  file: string | undefined,
  problems: string[],
): RecognitionHubConfig | undefined {
  if (file === undefined) return undefined;
  return readSettingsFile({ name: 'HUTONG_RECOGNITION_HUB', file, schema: hubSchema }, problems);
}
