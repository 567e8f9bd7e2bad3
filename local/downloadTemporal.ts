/** `downloadTemporal.ts <version> <folder>`: lets the Temporal SDK put the server's binary into the folder. */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [version = '', downloadDir = ''] = process.argv.slice(2);
// There is no call that only downloads: it starts the server as well.
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', version, downloadDir } },
});
await environment.teardown();
