// What a piece of work asks of the database, as the driver sends it: that two pieces of work take
// the same steps is then a comparison of lists, on any machine under any load.
import type { Database } from '../../src/platform/mongo.ts';

/** A connection string whose client tells its commands. */
export function watchable(uri: string): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}monitorCommands=true`;
}

/** Commands with their collections, sorted: what is sent together arrives in any order. */
export async function commandsOf(
  database: Database,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const commands: string[] = [];
  const note = (event: { commandName: string; command: Record<string, unknown> }) => {
    commands.push(`${event.commandName} ${String(event.command[event.commandName])}`);
  };
  database.client.on('commandStarted', note);
  try {
    await work();
  } finally {
    database.client.off('commandStarted', note);
  }
  return commands.toSorted((a, b) => a.localeCompare(b));
}
