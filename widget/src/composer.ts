import type { Chat } from "./chat";
import { alertLine, h, say, touch } from "./dom";
import { texts } from "./texts";

const LONGEST = 10000;
const PLANE = "M12 20V5M5.5 11.5L12 5l6.5 6.5";

export type Composer = ReturnType<typeof createComposer>;

/** Where the visitor writes. What is typed survives a reload. */
export function createComposer(chat: Chat) {
  const { store, icon } = chat.core;
  const input = h("textarea", {
    rows: 1,
    placeholder: texts.placeholder,
    "aria-label": texts.message,
    "data-test": "composer-input",
    dir: "auto",
    enterkeyhint: "send",
    input: typed,
    keydown: pressed,
    blur: () => chat.typing(false),
  });
  const button = h("button", { class: "send", "aria-label": texts.send, "data-test": "send" }, icon(PLANE));
  const error = alertLine();
  const element = h("form", { class: "composer", submit: send }, error, h("div", { class: "write" }, input, button));

  function fit(): void {
    button.disabled = !input.value.trim();
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 132)}px`;
  }

  function typed(): void {
    store.set("draft", input.value || undefined);
    say(error, "");
    fit();
    chat.typing(!!input.value.trim());
  }

  function pressed(event: KeyboardEvent): void {
    // 229 is what some browsers report while an input method is composing.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing || touch()) return;
    send(event);
  }

  function send(event: Event): void {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    if ([...text].length > LONGEST) return say(error, texts.tooLong);
    write("");
    input.focus();
    chat.send(text);
  }

  function write(text: string): void {
    input.value = text;
    store.set("draft", text || undefined);
    fit();
  }

  input.value = store.get<string>("draft") || "";

  return { element, fit, write, focus: () => input.focus() };
}
