/** Hands documents over in a folder, from which whatever transmits them takes them. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DeliveryError, type InvoiceChannel, type OutgoingInvoice } from './port.ts';

/** A file appears under its name whole or not at all, and is never written over. */
export function folderChannel(path: string): InvoiceChannel {
  const folder = resolve(path);
  return {
    name: 'folder',
    async deliver(document) {
      try {
        await mkdir(folder, { recursive: true });
        await write(folder, document);
      } catch (error) {
        if (error instanceof DeliveryError) throw error;
        throw new DeliveryError(`folder: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`, {
          cause: error,
        });
      }
    },
    close() {},
  };
}

async function write(folder: string, { fileName, xml }: OutgoingInvoice): Promise<void> {
  const target = join(folder, fileName);
  const unfinished = join(folder, `.${fileName}.${randomUUID()}`);
  try {
    const file = await open(unfinished, 'wx', 0o640);
    try {
      await file.writeFile(xml, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await link(unfinished, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Delivered before, unless the folder is another database's.
    if ((await readFile(target, 'utf8')) !== xml) throw new DeliveryError('folder: another file has this name');
  } finally {
    await rm(unfinished, { force: true });
  }
}
