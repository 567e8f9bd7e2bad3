import type { LogLevel, Logger as TemporalLogger, LogMetadata } from '@temporalio/common';
import { pino, type Logger } from 'pino';

export function createLogger(level: string): Logger {
  return pino({ level, base: { program: 'worker' } });
}

/** Temporal's own log, among ours. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, { error, ...meta }: LogMetadata = {}): void => {
    const traits = { ...meta, ...(error === undefined ? {} : { err: error }) };
    log[level === 'TRACE' ? 'trace' : (level.toLowerCase() as Lowercase<LogLevel>)](traits, message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
