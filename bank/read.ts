/** Any bank file we can read, known by its content: names and extensions say nothing. */
import { readCamt } from './camt.ts';
import { isCamt } from './camtMessages.ts';
import { isCbi, readCbi } from './cbi.ts';
import { isMt940, readMt940 } from './mt940.ts';
import { isPostalSlips, readPostalSlips } from './postalSlips.ts';
import { UnreadableFileError, type BankEntry, type BankFile } from './statement.ts';
import { textOf } from './text.ts';

/** Far more than a year of a busy account; larger files are refused before they are looked at. */
export const LARGEST_FILE_BYTES = 32 * 1024 * 1024;

/**
 * Reads a file whole, or throws an UnreadableFileError with the line and the reason: nothing of a file that has one
 * unreadable entry is taken. Takes a second for a few megabytes, so large files are read off the event loop.
 */
export function readBankFile(bytes: Uint8Array): BankFile {
  const file = unchecked(bytes);
  for (const { entries } of file.statements)
    for (const entry of entries)
      if (lengthOf(entry) > LONGEST_TEXT)
        throw new UnreadableFileError(`${entry.place} says more than any bank passes on of a movement.`);
  return file;
}

/** Characters: the largest known, the Italian banks' own, takes a few thousand. */
const LONGEST_TEXT = 100_000;

function lengthOf({ remittance, references, description, counterparty, endToEndId, bankReference }: BankEntry): number {
  const { name, account } = counterparty;
  return [...remittance, ...references, description, endToEndId, bankReference, name, account]
    .map((text) => text?.length ?? 0)
    .reduce((sum, length) => sum + length, 0);
}

function unchecked(bytes: Uint8Array): BankFile {
  if (bytes.length > LARGEST_FILE_BYTES)
    throw new UnreadableFileError(`it is larger than ${LARGEST_FILE_BYTES / 1024 / 1024} MB: send it in parts.`);
  const text = textOf(bytes);
  if (text.trim() === '') throw new UnreadableFileError('it is empty.');
  if (isCamt(text)) return readCamt(text);
  if (isCbi(text)) return readCbi(text);
  if (isMt940(text)) return readMt940(text);
  if (isPostalSlips(text)) return readPostalSlips(text);
  throw new UnreadableFileError(
    'it is neither CAMT.053, CAMT.054, MT940, MT942, a CBI statement (RH) nor a table of postal slips.',
  );
}
