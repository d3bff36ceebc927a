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

let failures = 0;

/**
 * What the start of the module made from `widget/src/parts/<name>.ts` answers, made once.
 * Rejects when it can't be had now; the next call tries again.
 */
export function use<T>(chat: Chat, name: string): Promise<T> {
  // A browser remembers a failed import by its address, so a later try has another.
  return (chat.parts[name] ||= import(`${chat.core.base}/widget/${name}.${PARTS}.js${failures ? `?${failures}` : ""}`)
    .then((module) => {
      // The widget may be gone by now: what starts then would stay on the page for ever.
      chat.core.gone.throwIfAborted();
      return module.start(chat, kit);
    })
    .catch((reason) => {
      failures++;
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
