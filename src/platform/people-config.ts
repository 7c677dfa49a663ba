// Where people come from, beside those who register: what the files of the settings say of other platforms,
// old systems and the staff directory.
import type { Config } from './config.ts';
import { loadFederation } from './federation-config.ts';
import { loadRecognition, loadRecognitionHub } from './recognition-config.ts';
import { loadInitialMode } from './registration-mode-config.ts';
import { loadStockSources } from './stock-sources-config.ts';
import { loadStaffDirectory } from './staff-directory-config.ts';
import type { SettingValues } from './settings.ts';

/** Problems are appended. */
export function peopleFrom(
  found: Partial<SettingValues>,
  problems: string[],
): Pick<
  Config,
  | 'federation'
  | 'initialMode'
  | 'stockSources'
  | 'staffDirectory'
  | 'recognitionHub'
  | 'recognition'
> {
  return {
    initialMode: loadInitialMode(found, problems),
    recognitionHub: loadRecognitionHub(found.HUTONG_RECOGNITION_HUB, problems),
    recognition: loadRecognition(
      {
        file: found.HUTONG_RECOGNITION,
        isProduction: found.HUTONG_MODE === 'production',
      },
      problems,
    ),
    federation: loadFederation(found, problems),
    stockSources: loadStockSources(found.HUTONG_STOCK_ACCOUNTS, problems),
    staffDirectory: loadStaffDirectory(found, problems),
  };
}
