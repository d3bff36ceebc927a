import type { Chat } from "./chat";
import { alertLine, h, say, touch } from "./dom";
import { use } from "./lazy";
import type { Attachment } from "./messages";
import type { Files } from "./parts/files";
import { texts } from "./texts";

const LONGEST = 10000;
const tooLong = (text: string) => text.length > LONGEST && [...text.trim()].length > LONGEST;
/** The first letter is one of a script that runs from right to left. */
const RTL = /^\P{L}*[\u0590-\u08ff]/u;
const PLANE = "M12 20V5M5.5 11.5L12 5l6.5 6.5";

const CLIP = "M21 11l-9 9a5.6 5.6 0 0 1-8-8l9-9a3.8 3.8 0 0 1 5 5.4l-9 9a1.8 1.8 0 0 1-2.6-2.6l8-8";
const SMILE = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 14s1.5 2 4 2 4-2 4-2M9 9.5h.01M15 9.5h.01";

export interface Composer {
  element: HTMLFormElement;
  input: HTMLTextAreaElement;
  /** Uploaded, or about to be; they go with the next message. */
  files: Attachment[];
  /** Follows a change of text or files. */
  fit(): void;
  /** Puts a text into the field. */
  write(text: string): void;
  /** Sends a text; one that is too long goes into the field, to be split there. Answers whether it was sent. */
  post(text: string, files?: Attachment[]): boolean;
  /** Takes files that are dragged over the panel, dropped or pasted. */
  take(event: ClipboardEvent | DragEvent): void;
}

/** What a button of the composer opens. */
export interface Tool {
  open(button: HTMLElement): void;
}

/** Where the visitor writes. What is typed survives a reload. */
export function createComposer(chat: Chat): Composer {
  const { store, icon } = chat.core;
  const { features } = chat;
  const input = h("textarea", {
    rows: 1,
    placeholder: texts.placeholder,
    "aria-label": texts.message,
    "data-test": "composer-input",
    enterkeyhint: "send",
    input: typed,
    keydown: pressed,
    paste: take,
    blur: () => chat.typing(false),
  });
  const button = h("button", { class: "send", "aria-label": texts.send, "data-test": "send" }, icon(PLANE));
  const error = alertLine();
  const failed = () => say(error, texts.failed);
  const tool = (name: string, wanted: unknown, label: string, path: string) =>
    h(
      "button",
      {
        type: "button",
        class: "tool",
        "aria-label": label,
        hidden: !wanted,
        "data-test": name,
        click: ({ currentTarget }) => use<Tool>(chat, name).then((part) => part.open(currentTarget), failed),
      },
      icon(path),
    );
  const element = h(
    "form",
    { class: "composer", submit: send },
    error,
    h(
      "div",
      { class: "write" },
      input,
      tool("emoji", features.emoji_picker, texts.emoji, SMILE),
      tool("files", features.file_upload, texts.attach, CLIP),
      button,
    ),
  );
  const own: Composer = { element, input, files: [], fit, write, post, take };

  function fit(): void {
    const long = tooLong(input.value);
    button.disabled = long || !(input.value.trim() || own.files.length);
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
    event.preventDefault();
    button.click();
  }

  function send(event: Event): void {
    event.preventDefault();
    const text = input.value;
    const { files } = own;
    own.files = [];
    write("");
    input.focus();
    post(text, files);
  }

  function write(text: string): void {
    input.value = text;
    keep();
  }

  function post(text: string, files?: Attachment[]): boolean {
    const long = tooLong(text);
    if (long) write(text);
    else chat.send(text.trim(), files);
    return !long;
  }

  function take(event: any): void {
    const { types, files } = event.dataTransfer || event.clipboardData;
    // Word processors put a picture of a text beside it.
    if (!types.includes("Files") || (event.type === "paste" && types.includes("text/plain"))) return;
    event.preventDefault();
    const list = [...files];
    if (features.file_upload && !element.hidden) use<Files>(chat, "files").then((part) => part.take(list), failed);
  }

  input.value = store.get<string>("draft") || "";
  chat.composer = own;
  // Files that were uploaded before a reload still wait to be sent.
  if (store.get("files")) use(chat, "files").catch(failed);

  return own;
}
