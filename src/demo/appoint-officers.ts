// The roles of the demonstration, by two officers as everywhere: one asks, another approves. The codes of
// their authenticators are computed from the data folder's secrets.
import { generate } from 'otplib';
import type { CityPlan } from './city-parts.ts';
import type { DemoRole } from './demo-accounts.ts';

export interface SeedStep {
  /** After `hutong`. */
  step: readonly string[];
  /** To what it asks, in order. */
  answers?: readonly string[];
}

export interface StepOutcome {
  code: number;
  output: string;
}

type Run = (step: SeedStep) => Promise<StepOutcome>;
type Appointed = { ok: true } | { ok: false; step: string; output: string };

const REQUEST = /[A-Z]{4}-[A-Z]{4}/u;
const STEP_SECONDS = 30;

/** Nothing is asked of anybody when the roles are there already. */
export async function appointOfficers(
  { secrets, roles }: Pick<CityPlan, 'secrets'> & { roles: readonly DemoRole[] },
  run: Run,
): Promise<Appointed> {
  const used = new Set<string>();
  const typed = async (login: string) => {
    const { password = '', totpSecret = '' } = secrets.accounts[login] ?? {};
    // A code opens once: who has given one gives that of the next half minute.
    const ahead = used.has(login) ? STEP_SECONDS : 0;
    used.add(login);
    const epoch = Math.floor(Date.now() / 1000) + ahead;
    return [password, await generate({ secret: totpSecret, epoch })];
  };
  for (const role of roles) {
    const appointed = await appoint(role, { run, typed });
    if (!appointed.ok) return appointed;
  }
  return { ok: true };
}

async function appoint(
  of: DemoRole,
  { run, typed }: { run: Run; typed: (login: string) => Promise<readonly string[]> },
): Promise<Appointed> {
  const { role, askedBy, approvals } = of;
  const logins = approvals.map(({ login }) => login);
  const department = of.department === undefined ? [] : ['--department', of.department];
  const ask = ['roles', 'grant', role, ...logins, ...department, '--officer', askedBy];
  const asked = await run({ step: ask, answers: await typed(askedBy) });
  if (asked.code !== 0) return { ok: false, step: ask.join(' '), output: asked.output };
  const lines = asked.output.split('\n');
  for (const { login, approvedBy } of approvals) {
    const [request] = REQUEST.exec(lines.find((line) => line.startsWith(login)) ?? '') ?? [];
    if (request === undefined) continue;
    const step = ['approve', request, '--officer', approvedBy];
    const approved = await run({ step, answers: await typed(approvedBy) });
    if (approved.code !== 0) return { ok: false, step: step.join(' '), output: approved.output };
  }
  return { ok: true };
}
