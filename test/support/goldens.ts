/**
 * Golden histories: what runs of released versions did, kept for good. Replaying one shows that today's code takes the
 * same steps. Replay is blind to a timer's length and to what is passed on, so each golden also holds what was told: every
 * timer, every commit with its state and next deadline, every charge, and the snapshot handed to the next run.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Worker, type InjectedSinks } from '@temporalio/worker';
import { quietRuntime } from './runtime.ts';
import type { GoldenSinks } from './telling.ts';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));
const WORKFLOWS_PATH = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
const TELLING_PATH = fileURLToPath(new URL('./telling.ts', import.meta.url));

/** One call to the outside, in order. */
type Told = readonly [kind: string, content: unknown];

export interface Golden {
  readonly workflowId: string;
  readonly history: unknown;
  readonly told: readonly Told[];
}

export function goldenNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
}

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Golden;
}

export function writeGolden(name: string, golden: Golden): void {
  writeFileSync(join(FOLDER, name), `${JSON.stringify(golden)}\n`);
}

/** As JSON, without the names of the machines that took part. */
export function portable(history: History): unknown {
  return JSON.parse(historyToJSON(history), (key, value: unknown) => (key === 'identity' ? 'recorder' : value));
}

/** Replays histories with today's workflow code. */
export class Replayer {
  readonly #code: string;

  private constructor(code: string) {
    this.#code = code;
  }

  static async bundle(): Promise<Replayer> {
    quietRuntime();
    const { code } = await bundleWorkflowCode({
      workflowsPath: WORKFLOWS_PATH,
      workflowInterceptorModules: [TELLING_PATH],
      logger: new DefaultLogger('ERROR'),
    });
    return new Replayer(code);
  }

  /** What the code tells. Throws a DeterminismViolationError where it does not take the recorded steps. */
  async replay({ history, workflowId }: Pick<Golden, 'history' | 'workflowId'>): Promise<readonly Told[]> {
    const told: Told[] = [];
    const sinks: InjectedSinks<GoldenSinks> = {
      golden: { tell: { fn: (_, kind, content) => void told.push([kind, content]), callDuringReplay: true } },
    };
    await Worker.runReplayHistory({ workflowBundle: { code: this.#code }, sinks }, history, workflowId);
    return JSON.parse(JSON.stringify(told)) as Told[];
  }
}
