import type { Failure } from "./api";
import type { Chat } from "./chat";
import type { Card } from "./dom";
import { forms } from "./languages/en.json";
import type { Kit } from "./lazy";
import type { Claims } from "./types";

/** The form before the first message, for what the team needs to know. */
export function createGate(chat: Chat, kit: Kit): Card {
  const { alertLine, field, fill, h, inWords, say } = kit;
  const texts = kit.words("forms", forms);
  const { session, state } = chat;
  const known = session.claims();
  const asked = new Set<string>([...session.missing(), ...Object.keys(state.fields)]);
  if (!known.name) asked.add("name");

  const kinds = {
    name: {
      ...field(texts.name, { autocomplete: "name", maxlength: 200, "data-test": "gate-name" }),
      wrong: () => "",
    },
    email: {
      ...field(texts.email, { type: "email", autocomplete: "email", maxlength: 254, "data-test": "gate-email" }),
      wrong: (text: string) => (/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text) ? "" : texts.emailWrong),
    },
    phone: {
      ...field(texts.phone, { type: "tel", autocomplete: "tel", maxlength: 40, "data-test": "gate-phone" }, texts.phoneHint),
      wrong: (text: string) => (/^\+[1-9]\d{6,14}$/.test(text.replace(/[\s().\/-]/g, "")) ? "" : texts.phoneWrong),
    },
  };
  const shown = (Object.keys(kinds) as Array<keyof typeof kinds>).filter((key) => asked.has(key));
  const error = alertLine();
  const submit = h("button", { class: "primary", "data-test": "gate-submit" }, texts.start);
  let busy = false;
  const form = h(
    "form",
    { class: "card", novalidate: true, "data-test": "gate-form", submit: start },
    h("h3", {}, texts.gateTitle),
    h("p", { class: "hint" }, texts.gateHint),
    ...shown.map((key) => kinds[key].element),
    error,
    submit,
  );
  for (const key of shown) {
    kinds[key].input.value = known[key] || "";
    if (key !== "name") kinds[key].input.required = true;
  }

  /** Shows what is wrong beside each field and goes to the first; answers whether all is well. */
  function fault(of: (key: keyof typeof kinds) => string): boolean {
    const wrong = shown.filter((key) => !kinds[key].fault(of(key)));
    if (wrong.length) kinds[wrong[0]].input.focus();
    return !wrong.length;
  }

  /** The button stays enabled, or it would lose the focus. */
  function wait(on: boolean): void {
    busy = on;
    submit.setAttribute("aria-disabled", `${on}`);
  }

  async function start(event: Event): Promise<void> {
    event.preventDefault();
    say(error, "");
    const typed = (key: keyof typeof kinds) => kinds[key].input.value.trim();
    if (busy || !fault((key) => kinds[key].wrong(typed(key)))) return;
    wait(true);
    const claims: Claims = {};
    for (const key of shown) if (typed(key)) claims[key] = typed(key);
    session.claim(claims);
    try {
      await session.renew();
      state.fields = {};
      chat.resume();
    } catch (reason) {
      const { status, fields, retryAfter } = reason as Failure;
      // The form stays until the server has accepted what it asks for.
      state.fields = { ...Object.fromEntries([...asked].map((key) => [key, ""])), ...fields };
      if (fault((key) => state.fields[key])) {
        say(error, status === 429 ? fill(texts.tooManyChats, inWords(retryAfter)) : texts.failed);
      }
    }
    wait(false);
  }

  fault((key) => state.fields[key] || "");
  return { element: form, focus: () => kinds[shown[0]].input.focus() };
}
