import { setClock } from "./format";
import { PREFIX } from "./paths";
import { randomId } from "./storage";
import type { Core } from "./types";

/** A request that did not succeed. Status 0 means that no answer came. */
export class Failure {
  readonly error: string;
  /** What is wrong with which field, when the server says so. */
  readonly fields: Record<string, string>;
  /** Seconds to wait before the next try. */
  readonly retryAfter: number;

  constructor(
    readonly status: number,
    /** What the server said. */
    readonly answer: Answer = {},
  ) {
    this.error = answer.error || "";
    this.fields = { __proto__: null, ...answer.fields };
    this.retryAfter = answer.retry_after || 0;
  }

  /** Worth trying again by itself: nothing was wrong with what was sent. */
  get passing(): boolean {
    return !this.status || this.status > 427;
  }

  get sessionEnded(): boolean {
    return this.status === 401 && !this.refused;
  }

  get refused(): boolean {
    return this.error === "Invalid support token" || this.error === "Domain not whitelisted";
  }
}

export async function failureOf(response: Response): Promise<Failure> {
  const said = await response.json().catch(() => undefined);
  return new Failure(response.status, { retry_after: Number(response.headers.get("Retry-After")), ...said });
}

export type Body = Record<string, unknown>;
/** The JSON of an answer; its shape is the contract's. */
export type Answer = any;
export type Api = ReturnType<typeof createApi>;

/**
 * Requests to the support API with the token; one that ends the chat says so to the launcher.
 * `work` solves what the server asks for while too many come.
 */
export function createApi(core: Core, work: (asked: Answer) => Promise<string>) {
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
    try {
      const response = await fetch(core.base + PREFIX + path, {
        method,
        credentials: "omit",
        cache: "no-store",
        // Logging out is often followed by leaving the page.
        keepalive: method === "DELETE",
        signal: AbortSignal.timeout(20000),
        headers: headers({ ...(body && { "Content-Type": "application/json" }), ...more }),
        body: body && core.store.encode(body),
      });
      setClock(response.headers.get("Date"));
      if (!response.ok) throw await failureOf(response);
      return response.status === 204 ? {} : await response.json();
    } catch (error) {
      throw error instanceof Failure ? error : new Failure(0);
    }
  }

  /** Ends the chat when a failure means that this page is refused; answers whether it did. */
  async function judge(failure: Failure): Promise<boolean> {
    if (!failure.status && navigator.onLine && (await core.refused())) {
      failure = new Failure(403, { error: "Domain not whitelisted" });
    }
    if (failure.refused) core.dead(failure.error, failure.status);
    return failure.refused;
  }

  async function call(method: string, path: string, body?: Body, more?: Record<string, string>): Promise<Answer> {
    try {
      return await once(method, path, body, more);
    } catch (error) {
      const failure = error as Failure;
      if (failure.status === 428) body = { ...body, work: await work(failure.answer).catch(() => "") };
      else if (!failure.refused || !(await core.freshToken())) {
        await judge(failure);
        throw failure;
      }
      return once(method, path, body, more);
    }
  }

  return { call, headers, judge };
}
