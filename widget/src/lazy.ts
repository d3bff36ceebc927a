import type { Chat } from "./chat";
import { failureOf } from "./api";
import { alertLine, h, say } from "./dom";
import { inWords, soon } from "./format";
import { createLog } from "./log";
import { createMessages } from "./messages";
import { fill, language, words } from "./texts";
import type { Core } from "./types";

/**
 * What the panel hands to a part that is loaded on demand: a part is a file of its own,
 * so what it imported itself would be there twice. Types cost nothing.
 */
export const kit = { alertLine, createLog, createMessages, failureOf, fill, h, ids: 0, inWords, language: () => language, say, soon, style, use, words };

export type Kit = typeof kit;

const tries: Record<string, number> = {};

/** The module that `widget/src/parts/<name>.ts` makes. Rejects when it can't be had now; the next call tries again. */
export async function part<T>(core: Core, name: string): Promise<T> {
  const tried = (tries[name] = (tries[name] ?? -1) + 1);
  // A browser remembers a failed import by its address, so each try has its own.
  const module = await import(`${core.base}/widget/${name}.${PARTS}.js${tried ? `?${tried}` : ""}`);
  tries[name] = tried - 1;
  return module;
}

/** What the part's `start` makes of the chat, made once. */
export function use<T>(chat: Chat, name: string): Promise<T> {
  return (chat.parts[name] ||= part<{ start(chat: Chat, k: Kit): T }>(chat.core, name)
    .then((module) => module.start(chat, kit))
    .catch((reason) => {
      chat.parts[name] = undefined;
      throw reason;
    }));
}

/** Adds a part's styles to the widget's. */
function style(core: Core, css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  core.shadow.adoptedStyleSheets = [...core.shadow.adoptedStyleSheets, sheet];
}
