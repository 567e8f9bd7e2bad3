/** The API process: configured by its environment alone, ready when it says so, and gone when in-flight requests are answered. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { loadCatalogue } from '../config/catalogue.ts';
import { loadInstructions } from '../config/instructions.ts';
import { loadSettings } from '../config/settings.ts';
import { catalogueSource } from '../db/catalogues.ts';
import { openDatabase } from '../db/database.ts';
import type { Instant } from '../domain/calendar.ts';
import { createApp } from './app.ts';
import { startResuming } from './bankResuming.ts';
import { readEnvironment, type Environment } from './environment.ts';
import { createLogger } from './logging.ts';
import { connectGateway } from './stripe.ts';
import { startCatchingUp } from './stripeCatchUp.ts';
import { connectLives } from './workflows.ts';

const IDLE_SWEEP_MS = 50;
/** Longer than any answer we wait for ourselves. */
const DRAIN_LIMIT_MS = 20_000;

async function listen(server: Server, { host, port }: Environment): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${port} on ${host} is taken: stop what listens there, or set RINNOVO_API_PORT to another port.`,
            )
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

/** Connections of a server that are open. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}

/** Takes no new connections, answers what is under way, and closes each connection as soon as it is idle. */
async function drain(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    // A connection on which nothing ever came does not count as idle.
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  }, IDLE_SWEEP_MS);
  const limit = setTimeout(() => server.closeAllConnections(), DRAIN_LIMIT_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(sweep);
  clearTimeout(limit);
}

async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const file = loadCatalogue(environment.cataloguePath);
  const settings = loadSettings(environment.settingsPath);
  const instructions = loadInstructions(environment.instructionsPath);
  const log = createLogger(environment.logLevel);
  const db = openDatabase(environment.databaseUrl, { poolSize: environment.poolSize });
  const catalogue = catalogueSource(db, file, (revision) => {
    log.warn({ revision }, 'the catalogue file is not what was published: the published revision counts');
  });
  // So that what is wrong is told at once; while Postgres is away, the first request tells.
  catalogue().catch((error: unknown) => log.warn({ error }, 'the catalogue cannot be read yet'));
  const lives = connectLives();
  const { sandbox, trustedProxies, bankAccounts } = environment;
  const gateway = connectGateway(environment.gateway, environment.publicUrl);
  const now = (): Instant => Date.now() as Instant;
  const money = { instructions, bankAccounts, gateway };
  const context = { db, lives, catalogue, settings, ...money, sandbox, trustedProxies, now, log };
  const server = createServer(createApp(context));
  const open = connectionsOf(server);
  const url = await listen(server, environment);
  const resuming = startResuming(context);
  const catchingUp = startCatchingUp(context);

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    await Promise.all([drain(server, open), resuming.stop(), catchingUp.stop()]);
    await Promise.all([lives.close(), db.destroy()]);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error({ error }, 'stopping failed');
        process.exitCode = 1;
      });
    });
  }
  // The one line on stdout: whoever started this process waits for it.
  console.log(JSON.stringify({ ready: true, url }));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
