import type { Api } from "./api";
import { createStream, type StreamHooks } from "./stream";
import type { Core } from "./types";

type Note =
  | { kind: "event"; name: string; data: Record<string, unknown> }
  | { kind: "up"; up: boolean }
  | { kind: "ping" }
  | { kind: "pong"; up: boolean; state: Record<string, unknown> };

export interface LineHooks extends StreamHooks {
  /** What a tab that has just woken needs to know, in the shape of a state event. */
  snapshot(): Record<string, unknown>;
}

/**
 * One live line per browser: browsers allow only six connections to a server over
 * HTTP/1.1, so one tab holds the stream and tells the others. Where the browser has
 * no locks (plain http) every tab has its own.
 */
export function createLine(core: Core, api: Api, hooks: LineHooks) {
  let name = "";
  let channel: BroadcastChannel | undefined;
  let release: (() => void) | undefined;
  let giveUp: AbortController | undefined;
  let answered = 0;
  let timer = 0;
  let listening = new AbortController();
  let up = false;

  const tell = (note: Note) => channel?.postMessage(note);

  const stream = createStream(core, api, {
    ...hooks,
    event(event, data) {
      tell({ kind: "event", name: event, data });
      hooks.event(event, data);
    },
    up(connected) {
      up = connected;
      tell({ kind: "up", up });
      hooks.up(up);
    },
  });

  function lead(): Promise<void> {
    stream.start();
    return new Promise((done) => {
      release = () => {
        release = undefined;
        stream.stop();
        done();
      };
    });
  }

  /** Waits for the lead, or takes it from a tab that does not answer. */
  function queue(steal: boolean): void {
    giveUp?.abort();
    const mine = (giveUp = new AbortController());
    navigator.locks.request(name, steal ? { steal } : { signal: mine.signal }, lead).catch(() => {
      // Another tab took the lead from this one while it slept.
      if (mine.signal.aborted) return;
      release?.();
      queue(false);
    });
  }

  function ask(): void {
    if (!channel || release || document.visibilityState !== "visible") return;
    const asked = Date.now();
    tell({ kind: "ping" });
    setTimeout(() => {
      if (channel && !release && answered < asked) queue(true);
    }, 1500);
  }

  function hear({ data: note }: MessageEvent<Note>): void {
    if (note.kind === "ping") {
      if (release) tell({ kind: "pong", up, state: hooks.snapshot() });
    } else if (!release) {
      answered = Date.now();
      if (note.kind === "event") hooks.event(note.name, note.data);
      else {
        hooks.up(note.up);
        if (note.kind === "pong") hooks.event("state", note.state);
      }
    }
  }

  function start(session: string): void {
    stop();
    name = session;
    listening = new AbortController();
    addEventListener("pagehide", rest, listening);
    addEventListener("pageshow", wake, listening);
    if (!navigator.locks || !window.BroadcastChannel) return stream.start();
    channel = new BroadcastChannel(name);
    channel.onmessage = hear;
    document.addEventListener("visibilitychange", ask, listening);
    timer = setInterval(ask, 20000);
    queue(false);
    ask();
  }

  const wake = (event: PageTransitionEvent) => {
    if (event.persisted) start(name);
  };

  /** Lets go of everything: a page kept for going back to would hold the lead and not answer. */
  function rest(): void {
    giveUp?.abort();
    release?.();
    stream.stop();
    channel?.close();
    channel = undefined;
    clearInterval(timer);
  }

  function stop(): void {
    rest();
    listening.abort();
  }

  return { start, stop };
}
