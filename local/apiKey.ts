import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * The key for the person at this machine: the one of the last start, as long as the API knows it, or else a new one. The
 * file can be read by its owner only.
 */
export async function localApiKey(file: string, apiUrl: string, create: () => Promise<string>): Promise<string> {
  const known = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (known !== '' && (await isAccepted(known, apiUrl))) return known;
  const key = (await create()).trim().split('\n').at(-1);
  if (!key) throw new Error('No API key was created.');
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
}

/** A key is refused when the database is a new one; every other answer, such as 404, means that the API knows it. */
async function isAccepted(key: string, apiUrl: string): Promise<boolean> {
  const response = await fetch(`${apiUrl}/v1/orders/0`, { headers: { authorization: `Bearer ${key}` } });
  await response.body?.cancel();
  return response.status !== 401;
}
