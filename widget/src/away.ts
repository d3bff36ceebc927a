import type { Failure } from "./api";
import { change } from "./change";
import { field } from "./field";
import type { Around } from "./parts/visit";

export const isEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text);

/** Who writes while nobody is there is asked where an answer can go. */
export function awayCard(around: Around): HTMLElement {
  const { chat, kit, texts } = around;
  const { h, say, fill } = kit;
  const { next_change_at, is_open } = chat.state.here;
  const back = !is_open && next_change_at ? ` ${fill(texts.awayBack, kit.soon(Date.parse(next_change_at)))}` : "";
  const email = field(kit, texts.email, { type: "email", autocomplete: "email", maxlength: 254, "data-test": "away-email" });
  const thanks = h("p", { role: "status", "data-test": "away-thanks", hidden: true });
  const form = h(
    "form",
    { class: "card", novalidate: true, "data-test": "away", submit: save },
    h("h3", {}, texts.awayTitle),
    h("p", { class: "hint" }, texts.awayHint + back),
    email.element,
    h("button", { class: "primary", "data-test": "away-save" }, texts.awaySave),
  );
  let busy = false;

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const address = email.input.value.trim();
    if (!email.fault(isEmail(address) ? "" : texts.emailWrong)) return email.input.focus();
    if (busy) return;
    busy = true;
    try {
      await change(chat, { email: address });
      form.replaceChildren(thanks);
      say(thanks, fill(texts.awayThanks, address));
      thanks.tabIndex = -1;
      thanks.focus();
      chat.resume();
    } catch (failure) {
      email.fault((failure as Failure).fields.email ? texts.emailWrong : around.wrong(failure as Failure));
      email.input.focus();
    }
    busy = false;
  }

  return form;
}
