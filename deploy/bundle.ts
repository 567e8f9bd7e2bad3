/**
 * Writes the workflow bundle that a worker loads: `node deploy/bundle.ts <file>`. Built once with the image, every worker
 * of a release runs exactly the same workflow code, and none needs the bundler.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Usage: node deploy/bundle.ts <file>');
const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
writeFileSync(file, code);
console.log(`${file}: ${Math.round(Buffer.byteLength(code) / 1024)} KB`);
