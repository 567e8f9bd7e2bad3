/** The public API as this area calls it: one reader's token and language on every request, and an end to every wait. */
import type { Language } from './language.ts';

/** One input at fault, named as the API names it. */
export interface FieldProblem {
  readonly field: string;
  readonly reason: string;
}

/** The API understood, and refused. `detail` and `errors` are in the reader's language. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly FieldProblem[];
  /** Further members of the problem, e.g. `quote` of `order_out_of_date`. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** When to try again, where the API says so. */
  readonly retryAfterSeconds: number | null;
  constructor(status: number, body: Readonly<Record<string, unknown>>, retryAfter: string | null = null) {
    const { code, detail, errors, ...extra } = body;
    super(typeof detail === 'string' ? detail : `The API answered ${status}.`);
    this.status = status;
    this.code = typeof code === 'string' ? code : 'unknown';
    this.detail = this.message;
    this.errors = Array.isArray(errors) ? (errors as FieldProblem[]) : [];
    this.extra = extra;
    this.retryAfterSeconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

/** The API did not answer, or with something that is not its own. */
export class ApiAway extends Error {
  override readonly name = 'ApiAway';
}

interface CallOptions {
  /** Idempotency-Key: the same form sent twice is done once. */
  readonly key?: string;
  /** Longer than usual, for what takes its time, e.g. moving a clock over years. */
  readonly timeoutMs?: number;
}

export interface Api {
  /** `path` without `/v1`. @throws ApiProblem, ApiAway */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
  put<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
  delete<T>(path: string): Promise<T>;
  /** A document as it is. */
  bytes(path: string): Promise<Uint8Array>;
}

const TIMEOUT_MS = 30_000;

/** Whom the API answers. */
export interface Reader {
  readonly language: Language;
  /** Of their session; null for those who have not signed in. */
  readonly token: string | null;
  /** Where they call from: the API counts attempts by it. */
  readonly address: string | undefined;
}

export function apiFor(apiUrl: string, { language, token, address }: Reader): Api {
  const headersOf = (): Record<string, string> => ({
    accept: 'application/json',
    'accept-language': language,
    ...(address === undefined ? {} : { 'x-forwarded-for': address }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  });
  const call = async <T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> => {
    const headers = headersOf();
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (options.key !== undefined && options.key !== '') headers['idempotency-key'] = options.key;
    return answerTo<T>(`${apiUrl}/v1${path}`, {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body, options) => call('POST', path, body, options),
    put: (path, body, options) => call('PUT', path, body, options),
    delete: (path) => call('DELETE', path),
    bytes: async (path) => documentAt(`${apiUrl}/v1${path}`, headersOf()),
  };
}

async function answerTo<T>(url: string, init: RequestInit): Promise<T> {
  const { response, body } = await exchange(url, init);
  if (response.ok) return body as T;
  if (response.status >= 500 || body === null) throw new ApiAway(`The API answered ${response.status}.`);
  throw new ApiProblem(response.status, body, response.headers.get('retry-after'));
}

async function documentAt(url: string, headers: Record<string, string>): Promise<Uint8Array> {
  const init: RequestInit = {
    headers: { ...headers, accept: '*/*' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  let bytes: Uint8Array;
  let response: Response;
  try {
    response = await fetch(url, init);
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new ApiAway('The API does not answer.', { cause: error });
  }
  if (response.ok) return bytes;
  const isProblem = response.headers.get('content-type')?.includes('problem+json') === true;
  if (response.status >= 500 || !isProblem) throw new ApiAway(`The API answered ${response.status}.`);
  throw new ApiProblem(response.status, JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>);
}

async function exchange(url: string, init: RequestInit) {
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    return { response, body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>) };
  } catch (error) {
    throw new ApiAway('The API does not answer.', { cause: error });
  }
}

/** A part of a path: what a reader typed into an address never becomes another path. */
export function segment(value: string): string {
  return encodeURIComponent(value);
}
