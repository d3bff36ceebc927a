import { setClock } from "./format";
import { PREFIX } from "./paths";
import { randomId } from "./storage";
import type { Core } from "./types";

/** A request that did not succeed. Status 0 means that no answer came. */
export class Failure {
  constructor(
    readonly status: number,
    readonly error = "",
    /** What is wrong with which field, when the server says so. */
    readonly fields: Record<string, string> = {},
    /** Seconds to wait before the next try. */
    readonly retryAfter = 0,
  ) {}

  /** Worth trying again by itself: nothing was wrong with what was sent. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  get sessionEnded(): boolean {
    return this.status === 401 && !this.refused;
  }

  get refused(): boolean {
    return this.error === "Invalid support token" || this.error === "Domain not whitelisted";
  }
}

export async function failureOf(response: Response): Promise<Failure> {
  const body = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After") || body.retry_after) || 0;
  return new Failure(response.status, body.error, { __proto__: null, ...body.fields }, wait);
}

export type Body = Record<string, unknown>;
/** The JSON of an answer; its shape is the contract's. */
export type Answer = any;
export type Api = ReturnType<typeof createApi>;

/** Requests to the support API with the token; one that ends the chat says so to the launcher. */
export function createApi(core: Core) {
  const device = (): string => {
    let id = core.store.get<string>("device");
    if (!id) core.store.set("device", (id = randomId()));
    return id;
  };

  const headers = (more?: Record<string, string>) => ({
    Authorization: `Bearer ${core.token}`,
    "X-Device-ID": device(),
    ...more,
  });

  async function once(method: string, path: string, body?: Body, more?: Record<string, string>): Promise<Answer> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 20000);
    let response: Response;
    try {
      response = await fetch(core.base + PREFIX + path, {
        method,
        credentials: "omit",
        cache: "no-store",
        // Logging out is often followed by leaving the page.
        keepalive: method === "DELETE",
        signal: abort.signal,
        headers: headers({ ...(body && { "Content-Type": "application/json" }), ...more }),
        body: body && core.store.encode(body),
      });
      setClock(response.headers.get("Date"));
      if (!response.ok) throw await failureOf(response);
      return response.status === 204 ? {} : await response.json();
    } catch (error) {
      throw error instanceof Failure ? error : new Failure(0);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the chat when a failure means that this page is refused; answers whether it did. */
  async function judge(failure: Failure): Promise<boolean> {
    if (failure.status === 0 && navigator.onLine && (await core.refused())) {
      failure = new Failure(403, "Domain not whitelisted");
    }
    if (failure.refused) core.dead(failure.error, failure.status);
    return failure.refused;
  }

  async function call(method: string, path: string, body?: Body, more?: Record<string, string>): Promise<Answer> {
    try {
      return await once(method, path, body, more);
    } catch (error) {
      const failure = error as Failure;
      if (failure.refused && (await core.freshToken())) return once(method, path, body, more);
      await judge(failure);
      throw failure;
    }
  }

  return { call, headers, judge };
}
