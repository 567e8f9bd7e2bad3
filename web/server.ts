/** The customer area's process: configured by its environment alone, ready when it says so, and gone when in-flight requests are answered. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createWeb } from './app.ts';
import { readEnvironment, type Environment } from './environment.ts';

const IDLE_SWEEP_MS = 50;
/** Longer than we wait for the API. */
const DRAIN_LIMIT_MS = 35_000;

async function listen(server: Server, { host, port }: Environment): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} on ${host} is taken: stop what listens there, or set RINNOVO_WEB_PORT to another port.`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken) : error);
    });
    server.listen(port, host, resolve);
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
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
  const log = (entry: unknown): void => console.error(JSON.stringify(entry));
  const server = createServer(createWeb({ ...environment, log }));
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const url = await listen(server, environment);
  let stopping: Promise<void> | null = null;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stopping ??= drain(server, open);
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
