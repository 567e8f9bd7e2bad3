/**
 * The checks that need no running: types, lint, format, unused code. As a program (`npm run check`) it also runs the
 * test of the import rules.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const ARCHITECTURE_TEST = ['test/support/run.ts', 'test/architecture.test.ts'];

const STEPS = [
  { name: 'types', command: ['tsc', '--pretty', 'false'] },
  { name: 'lint', command: ['oxlint', '--deny-warnings'] },
  { name: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
];

/** Runs every step, also after one has failed, and says what each of them found. */
export async function runChecks(): Promise<{ passed: number; failed: number }> {
  const total = { passed: 0, failed: 0 };
  for (const { name, command } of STEPS) {
    const [tool = '', ...args] = command;
    const { passed, output, seconds } = await runNode([join('node_modules', '.bin', tool), ...args]);
    console.log(`${passed ? '✓' : '✖'} ${name} (${seconds} s)`);
    if (!passed) console.log(output.replace(/^(?=.)/gm, '    '));
    total[passed ? 'passed' : 'failed'] += 1;
  }
  return total;
}

function runNode(args: string[]): Promise<{ passed: boolean; output: string; seconds: string }> {
  const started = performance.now();
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, CI: undefined };
    execFile(process.execPath, args, { cwd: ROOT, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      resolve({ passed: error === null, output: `${stdout}${stderr}`.trimEnd(), seconds });
    });
  });
}

if (import.meta.main) {
  const { failed } = await runChecks();
  const imports = await runNode(ARCHITECTURE_TEST);
  console.log(`${imports.passed ? '✓' : '✖'} imports (${imports.seconds} s)`);
  if (!imports.passed) console.log(imports.output);
  process.exitCode = failed > 0 || !imports.passed ? 1 : 0;
}
