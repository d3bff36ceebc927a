// What stands before the chat when the team asks for it: the form and the code.
import css from "../forms.css";
import type { Chat } from "../chat";
import type { Card } from "../dom";
import { createGate } from "../gate";
import { forms } from "../languages/en.json";
import type { Kit } from "../lazy";
import { createCodeStep } from "../otp";

export interface Forms {
  gate(): Card;
  /** `done` is called after a right code; without it the step also offers another address. */
  code(done?: () => void): Card;
  /** Says that there is no chat here any more. */
  dead(): Card;
}

export function start(chat: Chat, kit: Kit): Forms {
  kit.style(chat.core, css);
  return {
    gate: () => createGate(chat, kit),
    code: (done) => createCodeStep(chat, kit, done),
    dead() {
      const { h } = kit;
      const texts = kit.words("forms", forms);
      const title = h("h3", { tabindex: -1 }, texts.unavailable);
      const hint = h("p", { class: "line" }, texts.unavailableHint);
      return {
        element: h("div", { class: "over", role: "alert", "data-test": "unavailable" }, title, hint),
        focus: () => title.focus(),
      };
    },
  };
}
