/** Bank files are read in a thread of their own: a large one takes seconds, and a hostile one may take the thread down with it. */
import { Worker } from 'node:worker_threads';
import { LARGEST_FILE_BYTES } from '../bank/read.ts';
import { UnreadableFileError, type BankFile } from '../bank/statement.ts';

export { LARGEST_FILE_BYTES };

/** What the thread answers. */
export type Reading =
  | { readonly kind: 'read'; readonly file: BankFile }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly line: number | null };

const PATIENCE_MS = 120_000;
/** Read as a tree, XML takes some twenty times its size. */
const MEMORY_MB = 1536;

/** One after the other: two large ones would need twice the memory. */
let last: Promise<unknown> = Promise.resolve();

/** @throws UnreadableFileError with the line and the reason. */
export async function readInThread(bytes: Uint8Array): Promise<BankFile> {
  const reading = last.then(() => inThread(bytes));
  last = reading.catch(() => undefined);
  const answer = await reading;
  if (answer.kind === 'read') return answer.file;
  throw new UnreadableFileError(answer.reason, answer.line);
}

async function inThread(bytes: Uint8Array): Promise<Reading> {
  // Beside this file, under the same ending, whatever that is.
  const program = new URL(import.meta.url.replace(/bankReading(\.\w+)$/, 'bankReader$1'));
  const worker = new Worker(program, {
    workerData: bytes,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const timer = setTimeout(() => void worker.terminate(), PATIENCE_MS);
  try {
    return await new Promise<Reading>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (error: Error & { code?: string }) => {
        // Built to exhaust whoever reads it, or simply too much: nothing of it is taken either way.
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY' || error instanceof RangeError)
          resolve({ kind: 'unreadable', reason: 'it takes too much memory to read: send it in parts.', line: null });
        else reject(error);
      });
      worker.once('exit', () =>
        resolve({ kind: 'unreadable', reason: 'it takes too long to read: send it in parts.', line: null }),
      );
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
