// Stands in for the server where the team looks at its widget before it is saved: a script that comes before the
// widget's own, on a page that is sandboxed. Nothing that is done there leaves the page.
import { PREFIX } from "./paths";

/** What the page gives to this script. */
interface Play {
  open: boolean;
  /** What the browser remembers of an earlier visit, by the full name under which it lies in local storage. */
  store: Record<string, unknown>;
  /** What the server says, by "GET /config" and the like; a stream says one event. */
  answers: Record<string, unknown>;
}

const STREAM = "GET /session/events";

const play: Play = JSON.parse((document.currentScript as HTMLScriptElement).dataset.play!);
const kept = new Map(Object.entries(play.store).map(([name, value]) => [name, JSON.stringify(value)]));
let seq = 100;

/** What a sandboxed page lacks or may only look at. */
const own = (owner: object, name: string, value: unknown) => Object.defineProperty(owner, name, { value, configurable: true, writable: true });
own(navigator, "locks", undefined);
own(window, "localStorage", {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, text: string) => kept.set(name, text),
  removeItem: (name: string) => kept.delete(name),
});

const stream = (data: unknown) =>
  new ReadableStream({ start: (line) => line.enqueue(new TextEncoder().encode(`event: state\ndata: ${JSON.stringify(data)}\n\n`)) });

/** A message of the visitor's, as the server has taken it. */
function taken(body: unknown) {
  const { client_id, text } = JSON.parse(`${body}`);
  const created_at = new Date().toISOString();
  return { message: { _id: client_id, seq: ++seq, client_id, sender: { type: "visitor" }, text, attachments: [], created_at } };
}

const real = fetch;
own(window, "fetch", async (url: string, init: RequestInit = {}) => {
  const path = new URL(url).pathname.split(PREFIX)[1];
  if (!path) return real(url, init);
  const name = `${init.method || "GET"} ${path}`;
  if (name === STREAM) return new Response(stream(play.answers[name]));
  return new Response(JSON.stringify(name === "POST /session/messages" ? taken(init.body) : play.answers[name] || {}));
});

// Whoever types beside this page keeps the focus until they turn to it.
const { focus } = HTMLElement.prototype;
HTMLElement.prototype.focus = function (options) {
  if (document.hasFocus()) focus.call(this, options);
};

if (play.open) own(window, "Deskbell", { q: [["open"]] });
