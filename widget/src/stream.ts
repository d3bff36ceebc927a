import { Failure, failureOf, type Api } from "./api";
import { PREFIX } from "./paths";
import type { Core } from "./types";

export interface StreamHooks {
  headers(): Record<string, string>;
  event(name: string, data: Record<string, unknown>): void;
  up(connected: boolean): void;
  /** The stream was refused or ended; a promise of whether to come back. */
  ended(failure: Failure): Promise<boolean>;
}

const SILENCE = 45000;
/** The server speaks at once; when nothing has come by then, something on the way holds its words back. */
const DEAF = 10000;
const ASK_AGAIN = 4000;
const ASKS = 60;

/** Reads server-sent events by fetch, since an EventSource could not carry our headers. */
export function createStream(core: Core, api: Api, hooks: StreamHooks) {
  let turn = 0;
  let abort: AbortController | undefined;
  let wake: (() => void) | undefined;
  let heard = 0;
  let failures = 0;
  let patience = 0;
  /** How often to ask what is new, where streams don't come through, before one is tried again. */
  let asks = 0;

  async function read(response: Response): Promise<Failure | undefined> {
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    let name = "";
    let data = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      heard = Date.now();
      clearTimeout(patience);
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
      rest = lines.pop()!;
      for (const line of lines) {
        const at = line.indexOf(":");
        const text = line.slice(at + 1).replace(/^ /, "");
        if (line.startsWith("event:")) name = text;
        else if (line.startsWith("data:")) data += text;
        else if (!line) {
          if (data) {
            const parsed = JSON.parse(data);
            if (name === "end") return new Failure(parsed.statusCode, parsed);
            if (name === "state") {
              failures = 0;
              hooks.up(true);
            }
            hooks.event(name, parsed);
          }
          name = data = "";
        }
      }
    }
  }

  async function connect(): Promise<Failure | undefined> {
    abort = new AbortController();
    heard = Date.now();
    const cut = abort;
    patience = setTimeout(() => {
      asks ||= ASKS + 1;
      cut.abort();
    }, DEAF);
    const response = await fetch(`${core.base}${PREFIX}/session/events${asks ? "?once=1" : ""}`, {
      credentials: "omit",
      cache: "no-store",
      signal: abort.signal,
      headers: api.headers(hooks.headers()),
    });
    return response.ok ? read(response) : failureOf(response);
  }

  async function run(mine: number): Promise<void> {
    while (turn === mine) {
      const asked = asks;
      const failure = await connect().catch(() => new Failure(0));
      clearTimeout(patience);
      if (turn !== mine) return;
      abort?.abort();
      let wait = ASK_AGAIN;
      if (asked < asks || (asked && !failure)) {
        if (asked < asks--) continue;
      } else {
        asks = 0;
        hooks.up(false);
        // One lost connection is everyday; only a second one asks whether we are refused.
        if (failure && (failure.status || failures) && !(await hooks.ended(failure))) return;
        if (turn !== mine) return;
        const limit = Math.min(30000, 1000 * 2 ** failures++) * (0.5 + Math.random() / 2);
        wait = Math.max(limit, (failure?.retryAfter || 0) * 1000);
      }
      await new Promise<void>((resume) => {
        wake = resume;
        setTimeout(resume, wait);
      });
    }
  }

  /** Drops a connection that has gone quiet: timers sleep in the background, so this is asked on waking too. */
  const watch = () => {
    if (Date.now() - heard > SILENCE) abort?.abort();
  };
  const online = () => {
    failures = 0;
    abort?.abort();
    wake?.();
  };
  let timer = 0;
  let listening = new AbortController();

  const stop = () => {
    turn++;
    abort?.abort();
    wake?.();
    clearInterval(timer);
    listening.abort();
  };

  return {
    start() {
      stop();
      failures = 0;
      listening = new AbortController();
      timer = setInterval(watch, 5000);
      document.addEventListener("visibilitychange", watch, listening);
      addEventListener("online", online, listening);
      void run(turn);
    },
    stop,
  };
}
