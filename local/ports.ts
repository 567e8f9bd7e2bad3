import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Below what systems hand out by themselves (32768 and up), which may be given away between its choice and its use. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
const PORTS_PER_PROCESS = 16;
let chosen = 0;

/** A port nobody listens on. Processes that run side by side choose from different ones, and none is chosen twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + ((process.pid * PORTS_PER_PROCESS + chosen++) % PORTS);
    if (await isFree(port)) return port;
  }
}

export interface PortUse {
  port: number;
  /** What we want the port for, as the reader of the error knows it. */
  use: string;
  /** The environment variable that moves it. */
  variable: string;
}

/** Names every taken port in one error, so that one look is enough to repair all of them. */
export async function requireFreePorts(uses: readonly PortUse[]): Promise<void> {
  const answers = await Promise.all(uses.map(async (wanted) => ({ ...wanted, free: await isFree(wanted.port) })));
  const taken = answers.filter(({ free }) => !free);
  if (taken.length === 0) return;
  throw new Error(taken.map(({ port, use, variable }) => `port ${port} (${use}) is taken: set ${variable}`).join('\n'));
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listen(port);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** Takes the port and gives it back at once. */
function listen(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => server.close(() => resolve()));
  });
}
