import type { Chat } from "./chat";
import { alertLine, h, say, touch } from "./dom";
import { texts } from "./texts";

const LONGEST = 10000;
const tooLong = (text: string) => text.length > LONGEST && [...text.trim()].length > LONGEST;
/** The first letter is one of a script that runs from right to left. */
const RTL = /^\P{L}*[\u0590-\u08ff]/u;
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
    enterkeyhint: "send",
    input: typed,
    keydown: pressed,
    blur: () => chat.typing(false),
  });
  const button = h("button", { class: "send", "aria-label": texts.send, "data-test": "send" }, icon(PLANE));
  const error = alertLine();
  const element = h("form", { class: "composer", submit: send }, error, h("div", { class: "write" }, input, button));

  function fit(): void {
    const long = tooLong(input.value);
    button.disabled = long || !input.value.trim();
    say(error, long ? texts.tooLong : "");
    // The browser's own dir=auto takes ten seconds for a megabyte.
    input.dir = RTL.test(input.value) ? "rtl" : input.value && "ltr";
    input.style.height = long ? "132px" : "auto";
    // Measuring a text of any length would make the page slow.
    if (!long) input.style.height = `${input.scrollHeight}px`;
  }

  function keep(): void {
    fit();
    store.set("draft", (error.hidden && input.value) || undefined);
  }

  function typed(): void {
    keep();
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
    if (button.disabled) return;
    const text = input.value;
    write("");
    input.focus();
    post(text);
  }

  function write(text: string): void {
    input.value = text;
    keep();
  }

  /** Sends a text; one that is too long goes into the field, to be split there. Answers whether it was sent. */
  function post(text: string): boolean {
    const long = tooLong(text);
    if (long) write(text);
    else chat.send(text.trim());
    return !long;
  }

  input.value = store.get<string>("draft") || "";
  chat.write = write;

  return { element, fit, write, post, focus: () => input.focus() };
}
