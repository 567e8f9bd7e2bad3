/** Loaded into every test process: a test that leaves a server or a timer behind fails its file instead of hanging the run. */
import { after } from 'node:test';

const PATIENCE_MS = 15_000;

after(() => {
  const giveUp = () => {
    console.error(
      `Something was left open, and keeps the process from ending: ${process.getActiveResourcesInfo().join(', ')}`,
    );
    process.exit(1);
  };
  setTimeout(giveUp, PATIENCE_MS).unref();
});
