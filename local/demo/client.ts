/** A client of the public API, as anyone would write one; the demo uses nothing else. */
export type Json = { readonly [name: string]: unknown };

export class Client {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async get(path: string): Promise<Json> {
    return this.#send('GET', path);
  }

  async post(path: string, body: Json = {}): Promise<Json> {
    return this.#send('POST', path, body);
  }

  /** Sends a file as it is. */
  async file(path: string, content: string): Promise<Json> {
    return this.#answer('POST', path, content, 'application/octet-stream');
  }

  async put(path: string, body: Json): Promise<Json> {
    return this.#send('PUT', path, body);
  }

  async #send(method: string, path: string, body?: Json): Promise<Json> {
    return this.#answer(method, path, body === undefined ? undefined : JSON.stringify(body), 'application/json');
  }

  async #answer(method: string, path: string, body: string | undefined, type: string): Promise<Json> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': type },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Json);
  }
}
