// What stands before the chat when the team asks for it: the form and the code.
import css from "../forms.css";
import type { Chat } from "../chat";
import type { Card } from "../dom";
import { createGate } from "../gate";
import type { Kit } from "../lazy";
import { createCodeStep } from "../otp";

export interface Forms {
  gate(): Card;
  /** `done` is called after a right code; without it the step also offers another address. */
  code(done?: () => void): Card;
}

export function start(chat: Chat, kit: Kit): Forms {
  kit.style(chat.core, css);
  return { gate: () => createGate(chat, kit), code: (done) => createCodeStep(chat, kit, done) };
}
