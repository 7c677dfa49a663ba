// The platforms of other provinces as one process: settings come from the supervisor, what is logged goes to
// standard output.
import { logTo } from '../pages/site-shell.ts';
import { endOnSignal, receiveSettings, reportReady } from '../part-channel.ts';
import type { DialectsPart } from './dialects-app.ts';
import { startDialects } from './start-dialects.ts';

const part = await receiveSettings<DialectsPart>();
const dialects = await startDialects({ ...part, log: logTo(process.stdout) });
endOnSignal(dialects.stop);
reportReady();
