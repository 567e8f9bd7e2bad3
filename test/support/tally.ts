import { relative } from 'node:path';

/** What one event of node:test's stream tells us: only the fields that are read here. */
export interface TestEvent {
  type: string;
  data: {
    name?: string;
    nesting?: number;
    file?: string | undefined;
    line?: number | undefined;
    skip?: boolean | string | undefined;
    todo?: boolean | string | undefined;
    message?: string;
    details?: { type?: string | undefined; duration_ms?: number; error?: unknown };
  };
}

export interface Failure {
  title: string;
  where: string;
  reason: string;
}

interface FileResult {
  passed: number;
  failed: number;
  milliseconds: number;
  /** Announced and not yet reported: what is left when the process ends was lost. */
  pending: number;
}

/**
 * Counts what really ran. A leaf test counts once; a suite, or a test made of subtests, counts only when it fails by
 * itself (a hook, say). A skipped or postponed test, a file without tests and a file that ended early count as failed:
 * green has to mean that everything was run.
 */
export class Tally {
  passed = 0;
  failed = 0;
  readonly failures: Failure[] = [];
  readonly files = new Map<string, FileResult>();
  readonly #root: string;
  #previousNesting = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Takes one event, in the stream's order; answers the file's result when the event ends that file. */
  add({ type, data }: TestEvent): { file: string; result: FileResult } | undefined {
    if (data.file === undefined || data.name === undefined) return undefined;
    const isFile = data.name === data.file;
    const result = this.#resultOf(data.file);
    if (type === 'test:enqueue' && !isFile) result.pending += 1;
    if (type === 'test:pass' || type === 'test:fail') this.#report(type === 'test:pass', data, result, isFile);
    if (type !== 'test:complete' || !isFile) return undefined;
    result.milliseconds = data.details?.duration_ms ?? 0;
    return { file: relative(this.#root, data.file), result };
  }

  /** To be called when the stream has ended. */
  finish(expectedFiles: readonly string[]): void {
    for (const file of expectedFiles) {
      const result = this.#resultOf(file);
      const name = relative(this.#root, file);
      if (result.passed + result.failed === 0) this.#fail(result, name, name, 'The file holds no tests, or none ran.');
      else if (result.pending > 0)
        this.#fail(result, name, name, `The file ended before ${result.pending} of its tests did.`);
    }
  }

  #report(passed: boolean, data: TestEvent['data'], result: FileResult, isFile: boolean): void {
    const nesting = data.nesting ?? 0;
    const isLeaf = data.details?.type !== 'suite' && this.#previousNesting <= nesting;
    this.#previousNesting = nesting;
    if (!isFile) result.pending -= 1;
    const path = relative(this.#root, data.file ?? '');
    const title = isFile ? path : (data.name ?? '');
    const where = `${path}:${data.line ?? 0}`;
    if (data.skip !== undefined || data.todo !== undefined) {
      this.#fail(result, title, where, `${data.skip === undefined ? 'Postponed (todo)' : 'Skipped'}: not run.`);
    } else if (!passed) {
      if (failureType(data.details?.error) !== 'subtestsFailed')
        this.#fail(result, title, where, isFile ? endOf(data.details?.error) : reasonOf(data.details?.error));
    } else if (isLeaf && !isFile) {
      result.passed += 1;
      this.passed += 1;
    }
  }

  #fail(result: FileResult, title: string, where: string, reason: string): void {
    result.failed += 1;
    this.failed += 1;
    this.failures.push({ title, where, reason });
  }

  #resultOf(file: string): FileResult {
    const known = this.files.get(file);
    if (known !== undefined) return known;
    const fresh = { passed: 0, failed: 0, milliseconds: 0, pending: 0 };
    this.files.set(file, fresh);
    return fresh;
  }
}

function failureType(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'failureType' in error ? error.failureType : undefined;
}

/** A file fails by itself when its process does: nothing more is known of it than its end and what it printed. */
function endOf(error: unknown): string {
  const { signal, exitCode } = error as { exitCode?: number; signal?: string | null };
  return `Its process ended with ${signal ?? `code ${exitCode}`}: see what it printed, above.`;
}

/** The thrown error itself, with its stack cut where the test runner's own frames begin. */
function reasonOf(error: unknown): string {
  const thrown = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(thrown instanceof Error)) return String(thrown);
  const stack = thrown.stack ?? `${thrown.name}: ${thrown.message}`;
  const cause = thrown.cause === undefined ? '' : `\nCaused by: ${reasonOf(thrown.cause)}`;
  return (
    stack
      .split('\n')
      .filter((line) => !/^\s+at .*(node:internal|node:async_hooks|async Promise\.all)/.test(line))
      .join('\n') + cause
  );
}
