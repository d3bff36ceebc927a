import type { Failure } from "./api";
import { change } from "./change";
import type { Chat } from "./chat";
import type { Card } from "./dom";
import { field } from "./field";
import { forms } from "./languages/en.json";
import type { Kit } from "./lazy";
import type { Claims, Question } from "./types";

const CLAIMED = ["name", "email", "phone"];
const TYPES = { text: "text", email: "email", phone: "tel", select: "", checkbox: "checkbox" };

/** The form before the first message, for what the team wants to know. */
export function createGate(chat: Chat, kit: Kit): Card {
  const { alertLine, fill, h, inWords, say } = kit;
  const texts = kit.words("forms", forms);
  const { core, session, state } = chat;
  const known: Record<string, unknown> = { __proto__: null, ...session.claims().auth_attr, ...session.claims() };
  const shown = asked().map(build);
  const error = alertLine();
  const submit = h("button", { class: "primary", "data-test": "gate-submit" }, texts.start);
  let busy = false;
  const form = h(
    "form",
    { class: "card", novalidate: true, "data-test": "gate-form", submit: start },
    h("h3", {}, texts.gateTitle),
    h("p", { class: "hint" }, texts.gateHint),
    ...shown.map((field) => field.element),
    error,
    submit,
  );

  /** The team's fields that have no answer yet, and what the server insists on. */
  function asked(): Question[] {
    const chosen = core.config.pre_chat?.fields || [];
    const needed = new Set([...session.missing(), ...Object.keys(state.fields)]);
    const must = (key: string) => !!state.fields[key] || (key !== "name" && !!core.config[`requires_${key as "email"}`]);
    const own: Question[] = [
      { key: "name", label: texts.name, type: "text" },
      { key: "email", label: texts.email, type: "email" },
      { key: "phone", label: texts.phone, type: "phone" },
    ];
    // Without a form of the team's own, a name is worth asking for.
    if (!chosen.length && !known.name) needed.add("name");
    return [...own.filter(({ key }) => !chosen.some((field) => field.key === key)), ...chosen]
      .filter(({ key }) => needed.has(key))
      .map((field) => ({
        ...field,
        label: field.label || own.find(({ key }) => key === field.key)?.label,
        required: field.required || must(field.key),
      }));
  }

  function build({ key, label = "", type, required, options }: Question) {
    const select = type === "select";
    const hint = type === "phone" ? texts.phoneHint : "";
    const complete = { name: "name", email: "email", phone: "tel" }[CLAIMED.includes(key) ? key : type];
    const made = field(
      kit,
      required || type === "checkbox" ? label : fill(texts.optional, label),
      { type: TYPES[type] || undefined, autocomplete: complete, maxlength: type === "email" ? 254 : 200, required, "data-test": `gate-${key}` },
      hint,
      {},
      select ? "select" : "input",
    );
    const { input } = made;
    if (select) input.append(h("option", { value: "" }, texts.choose), ...(options || []).map((option) => h("option", {}, option)));
    else if (type === "checkbox") made.element.classList.add("tick");
    if (typeof known[key] === "string") input.value = known[key];

    function wrong(): string {
      const text = input.value.trim();
      if (type === "checkbox") return required && !input.checked ? texts.tick : "";
      if (text ? type === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text) : required && type === "email") return texts.emailWrong;
      if (text ? type === "phone" && !/^\+[1-9]\d{6,14}$/.test(text.replace(/[\s().\/-]/g, "")) : required && type === "phone") return texts.phoneWrong;
      return required && !text ? (select ? texts.chooseOne : texts.needed) : "";
    }

    return { ...made, key, wrong, answer: () => (type === "checkbox" ? input.checked : input.value.trim()) };
  }

  /** Shows what is wrong beside each field and goes to the first; answers whether all is well. */
  function fault(of: (field: (typeof shown)[number]) => string): boolean {
    const wrong = shown.filter((field) => !field.fault(of(field)));
    if (wrong.length) wrong[0].input.focus();
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
    if (busy || !fault((field) => field.wrong())) return;
    wait(true);
    const claims: Record<string, unknown> = {};
    const answers: Record<string, unknown> = {};
    for (const { key, answer } of shown) {
      const said = answer();
      if (said !== "") (CLAIMED.includes(key) ? claims : answers)[key] = said;
    }
    if (Object.keys(answers).length) claims.auth_attr = answers;
    try {
      await change(chat, claims as Claims);
      state.fields = {};
      chat.resume();
    } catch (reason) {
      const { status, fields, retryAfter } = reason as Failure;
      // The form stays until the server has accepted what it asks for.
      state.fields = { ...Object.fromEntries(shown.map(({ key }) => [key, ""])), ...fields };
      if (fault(({ key }) => state.fields[key])) {
        say(error, status === 429 ? fill(texts.tooManyChats, inWords(retryAfter)) : texts.failed);
      }
    }
    wait(false);
  }

  fault(({ key }) => state.fields[key] || "");
  return { element: form, focus: () => shown[0].input.focus() };
}
