/** The thread that reads one bank file and ends: see bankReading. */
import { parentPort, workerData } from 'node:worker_threads';
import { readBankFile } from '../bank/read.ts';
import { UnreadableFileError } from '../bank/statement.ts';
import type { Reading } from './bankReading.ts';

const LONGEST_REASON = 300;

function read(bytes: Uint8Array): Reading {
  try {
    return { kind: 'read', file: readBankFile(bytes) };
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    // A reason may quote the file, and there is no end to what a file may hold.
    return { kind: 'unreadable', reason: error.reason.slice(0, LONGEST_REASON), line: error.line };
  }
}

parentPort?.postMessage(read(workerData as Uint8Array));
