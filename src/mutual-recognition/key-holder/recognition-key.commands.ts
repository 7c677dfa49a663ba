// `hutong recognition-key list | announce | activate | retire | platforms`: the epochs of the key holder's
// keys, and who may ask it.
import { exitCode, formatTable } from '../../platform/terminal.ts';
import type { Terminal } from '../../platform/terminal.ts';
import { runKeyHolderPlatforms } from './key-holder-platforms.commands.ts';
import type { KeyHolderPlatformsDependencies } from './key-holder-platforms.commands.ts';
import { openOprf } from '../oprf.ts';
import type { RecognitionKeyStore } from './recognition-key-store.ts';

export interface RecognitionKeyCommandDependencies {
  keys: RecognitionKeyStore;
  terminal: Terminal;
  who: KeyHolderPlatformsDependencies;
}

const PREFIX = 'recognition-key-command';

/** @returns the exit code: 0 done, 1 refused, 2 not understood */
export async function runRecognitionKeyCommand(
  args: readonly string[],
  deps: RecognitionKeyCommandDependencies,
): Promise<number> {
  const { keys, terminal } = deps;
  const [verb, argument, confirmation, ...more] = args;
  if (verb === 'platforms') {
    const code = await runKeyHolderPlatforms(args.slice(1), deps.who);
    if (code !== undefined) return code;
  }
  const isAlone = argument === undefined;
  if (verb === 'list' && isAlone) return list(deps);
  if (verb === 'announce' && isAlone) {
    return tell(deps, 'announced', await keys.announce((await openOprf()).newKey()));
  }
  if (verb === 'activate' && isAlone) return tell(deps, 'activated', await keys.activate());
  const epoch = /^[1-9]\d{0,5}$/u.test(argument ?? '') ? Number(argument) : undefined;
  const isRetiring = verb === 'retire' && epoch !== undefined && more.length === 0;
  if (!isRetiring || ![undefined, '--yes'].includes(confirmation)) {
    terminal.complain(terminal.t(`${PREFIX}.usage`));
    return exitCode.usage;
  }
  if (confirmation === undefined) {
    terminal.complain(terminal.t(`${PREFIX}.cannot.not_confirmed`, { epoch }));
    return exitCode.refused;
  }
  return tell(deps, 'retired', await keys.retire(epoch));
}

async function list({ keys, terminal }: RecognitionKeyCommandDependencies): Promise<number> {
  const rows = (await keys.list()).map(({ epoch, state, publicKey, createdAt, retiredAt }) => [
    String(epoch),
    terminal.t(`${PREFIX}.state.${state}`),
    publicKey.toString('base64url'),
    createdAt.toISOString(),
    retiredAt?.toISOString() ?? '-',
  ]);
  terminal.print(rows.length > 0 ? formatTable(rows) : terminal.t(`${PREFIX}.none`));
  return exitCode.done;
}

function tell(
  { terminal }: RecognitionKeyCommandDependencies,
  done: 'announced' | 'activated' | 'retired',
  step: Awaited<ReturnType<RecognitionKeyStore['retire']>>,
): number {
  if (step.ok) {
    terminal.print(terminal.t(`${PREFIX}.done.${done}`, { epoch: step.epoch }));
    return exitCode.done;
  }
  terminal.complain(terminal.t(`${PREFIX}.cannot.${step.reason}`));
  return exitCode.refused;
}
