import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** A port nobody listens on right now, chosen by the system. */
export async function freePort(): Promise<number> {
  const { port } = await listen(0);
  return port;
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
function listen(port: number): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve({ port: taken }));
    });
  });
}
