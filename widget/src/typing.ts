import type { Chat } from "./chat";

/** How often the team is told, in ms. */
const PAUSE = 3000;

/** Tells the team that the visitor is writing, or has stopped. Call what it answers after every change. */
export function createTyping({ messages, session }: Chat): (on: boolean) => void {
  let told = 0;
  let after: string | undefined;

  return (on) => {
    // The next message is a matter of its own.
    const newest = messages.list().at(-1)?.key;
    if (newest !== after) told = 0;
    after = newest;
    if (on ? Date.now() - told < PAUSE : !told) return;
    told = on ? Date.now() : 0;
    session.call("POST", "/session/typing", { typing: on }).catch(() => undefined);
  };
}
