/** The settings new lives begin with: a JSON file, read once when a process starts. A life keeps those it began with. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { DEFAULT_SETTINGS, type Settings } from '../domain/subscription.ts';

const days = z.int().min(1).max(365);
const daysBefore = z.array(days).min(1);

const settings = z
  .strictObject({
    graceDays: days,
    firstOrderDays: days,
    chargeDays: daysBefore,
    reminderDays: daysBefore,
    announceDays: days,
    lastCallDay: days,
    reactivationStart: z.enum(['expiry', 'payment']),
  })
  .partial();

/**
 * The defaults, with what the file gives in their place; without a file, the defaults. Throws an Error that names the
 * file and each field at fault.
 */
export function loadSettings(path: string | undefined): Settings {
  return path === undefined ? DEFAULT_SETTINGS : parseSettings(readFileSync(path, 'utf8'), path);
}

/** @param origin named in errors, e.g. the file's path. */
export function parseSettings(text: string, origin: string): Settings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`The settings ${origin} are not JSON.`);
  }
  const parsed = settings.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
    throw new Error(`The settings ${origin} are wrong: ${faults.join('; ')}`);
  }
  const given = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  const merged: Settings = { ...DEFAULT_SETTINGS, ...given };
  if (merged.lastCallDay > merged.graceDays)
    throw new Error(`The settings ${origin} are wrong: lastCallDay lies after graceDays`);
  return merged;
}
