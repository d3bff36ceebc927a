import type { Chat } from "./chat";

/** How often the team is told that somebody is writing, and what, in ms. */
const PAUSE = 3000;
const PREVIEW_PAUSE = 1000;
/** Characters of an unsent text, the last ones. */
const PREVIEWED = 500;

/**
 * Tells the team that the visitor is writing, or has stopped; and what, but only if the team's settings say so.
 * Call what it answers after every change.
 */
export function createTyping(chat: Chat): (on: boolean) => void {
  const { composer, core, features, messages, session } = chat;
  const preview = features.typing_preview;
  const pause = preview ? PREVIEW_PAUSE : PAUSE;
  let told = 0;
  let after: string | undefined;
  let timer = 0;
  core.gone.addEventListener("abort", () => clearTimeout(timer));

  // Cut roughly first: a pasted text can be of any length.
  const written = () => [...composer.input.value.slice(-2 * PREVIEWED)].slice(-PREVIEWED).join("");

  return (on) => {
    clearTimeout(timer);
    // The next message is a matter of its own.
    const newest = messages.list().at(-1)?.key;
    if (newest !== after) told = 0;
    after = newest;
    if (!on && !told) return;
    const wait = on ? told + pause - Date.now() : 0;
    if (wait > 0) {
      if (preview) timer = setTimeout(() => chat.typing(!!composer.input.value.trim()), wait);
      return;
    }
    told = on ? Date.now() : 0;
    session.call("POST", "/session/typing", { typing: on, ...(on && preview && { text: written() }) }).catch(() => undefined);
  };
}
