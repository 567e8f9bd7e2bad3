/** The health check of a container of the customer area: ends with 0 when it answers. */
const port = process.env['RINNOVO_WEB_PORT'] ?? '3001';
const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) });
if (!response.ok) {
  console.error(`/healthz answered ${response.status}: ${await response.text()}`);
  process.exitCode = 1;
}
