/** The health check of an API container: ends with 0 when the API in the same container is ready for requests. */
const port = process.env['RINNOVO_API_PORT'] ?? '3000';
const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(4_000) });
if (!response.ok) {
  console.error(`/readyz answered ${response.status}: ${await response.text()}`);
  process.exitCode = 1;
}
