// Choosing, pasting and dropping files, and their way to the server.
import css from "../files.css";
import type { Failure } from "../api";
import type { Chat } from "../chat";
import { touch } from "../dom";
import { files as english } from "../languages/en.json";
import type { Kit } from "../lazy";
import type { Attachment } from "../messages";
import { PREFIX } from "../paths";
import { isPicture, sizeOf } from "../attachment";

export interface Files {
  /** Lets the visitor choose files. */
  open(button: HTMLElement): void;
  /** Takes dropped or pasted files; none as long as they are only dragged over the panel. */
  take(list: File[]): void;
  /** Forgets what was not sent. */
  clear(): void;
}

/** What the server takes in one message. */
const MOST = 10;
/** A drag that has left without saying so. */
const DRAG_OVER = 700;

const CROSS = "M7 7l10 10M17 7L7 17";
const PAPER = "M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7zM14 3v4h4";
const UP = "M12 16V5M7 10l5-5 5 5M5 19h14";

interface Entry {
  /** Missing when it was uploaded before a reload. */
  file?: File;
  name: string;
  /** Once the server has it. */
  sent?: Attachment;
  request?: XMLHttpRequest;
  failed: boolean;
  /** Nothing is wrong with the file itself. */
  passing: boolean;
  element: HTMLElement;
  tell(text: string, wrong?: boolean): void;
  progress: HTMLProgressElement;
  retry: HTMLElement;
  cancel: HTMLElement;
}

export function start(chat: Chat, kit: Kit): Files {
  const { core, session, api, composer } = chat;
  const { h, say, fill } = kit;
  const texts = kit.words("files", english);
  kit.style(core, css);

  let entries: Entry[] = [];
  let busy = false;
  /** The message goes out by itself when the uploads are done. */
  let waiting = false;
  let dragged = 0;

  const list = h("ul", { class: "tray", "aria-label": texts.files, "data-test": "tray", hidden: true });
  const status = h("p", { class: "sr", role: "status" });
  const error = kit.alertLine();
  const input = h("input", { type: "file", multiple: true, hidden: true, "data-test": "file-input", change: chosen });
  const zone = h("div", { class: "zone", hidden: true, "aria-hidden": "true", "data-test": "drop" }, core.icon(UP), h("p", {}, texts.drop));
  composer.element.prepend(error, list, input, status);
  composer.element.parentElement!.append(zone);

  function chosen(): void {
    add([...input.files!]);
    input.value = "";
    // On a phone this would raise the keyboard over the files.
    if (!touch()) composer.input.focus();
  }

  function add(files: File[]): void {
    const room = MOST - entries.length;
    say(error, files.length > room ? texts.tooMany : "");
    for (const file of files.slice(0, room)) entries.push(row(file.name, file.size, file));
    paint();
    void work();
  }

  function row(name: string, size: number, file?: File, sent?: Attachment): Entry {
    const about = h("p", { class: "about" });
    const wrong = kit.alertLine();
    const progress = h("progress", { max: 1, value: 0, "aria-label": fill(texts.uploading, name) });
    const retry = h("button", { type: "button", class: "quiet", "data-test": "file-retry", hidden: true, click: retried }, texts.retry);
    function retried(): void {
      // The button that was pressed goes away.
      cancel.focus();
      again([entry]);
    }
    const cancel = h("button", { type: "button", class: "tool", "data-test": "file-cancel", click: () => remove(entry) }, core.icon(CROSS));
    const face = h("div", { class: "thumb", "aria-hidden": "true" }, core.icon(PAPER));
    const element = h(
      "li",
      { "data-test": "file" },
      face,
      h("div", { class: "what" }, h("p", { class: "filename" }, h("bdi", {}, name)), progress, about, wrong),
      retry,
      cancel,
    );
    const entry: Entry = {
      file,
      name,
      sent,
      failed: false,
      passing: false,
      element,
      progress,
      retry,
      cancel,
      tell(text, bad) {
        say(about, bad ? "" : text || sizeOf(size, kit.language()));
        say(wrong, bad ? text : "");
      },
    };
    entry.tell("");
    if (file && /^image\/(png|jpeg|gif|webp)$/.test(file.type)) void sketch(file, face);
    else if (sent && isPicture(sent)) face.replaceChildren(h("img", { src: sent.thumbnail_url!, alt: "" }));
    list.append(element);
    return entry;
  }

  /** A small picture of the file. Drawn, because a page's policy may forbid addresses of blobs. */
  async function sketch(file: File, face: HTMLElement): Promise<void> {
    try {
      const bitmap = await createImageBitmap(file);
      const canvas = h("canvas", { width: 80, height: 80 });
      const scale = Math.max(80 / bitmap.width, 80 / bitmap.height);
      const [width, height] = [bitmap.width * scale, bitmap.height * scale];
      canvas.getContext("2d")!.drawImage(bitmap, (80 - width) / 2, (80 - height) / 2, width, height);
      bitmap.close();
      face.replaceChildren(canvas);
    } catch {
      // The paper stays.
    }
  }

  function remove(entry: Entry): void {
    const at = entries.indexOf(entry);
    entries.splice(at, 1);
    entry.request?.abort();
    const next = entries[Math.min(at, entries.length - 1)];
    (next ? next.cancel : composer.input).focus();
    entry.element.remove();
    say(error, "");
    if (status.textContent!.includes(entry.name)) say(status, "");
    paint();
  }

  function again(list: Entry[]): void {
    for (const entry of list) entry.failed = entry.passing = false;
    paint();
    void work();
  }

  /** Uploads one file after the other. */
  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let entry; (entry = entries.find((e) => !e.sent && !e.failed)); ) {
      const current = entry;
      try {
        say(status, fill(texts.uploading, current.name));
        current.sent = await upload(current);
        if (entries.includes(current)) say(status, fill(texts.ready, current.name));
      } catch (failure) {
        if (!entries.includes(current)) continue;
        current.failed = true;
        current.passing = ![400, 403, 413].includes((failure as Failure).status);
        waiting = false;
        current.tell(words(failure as Failure, current), true);
      }
      paint();
    }
    busy = false;
    if (waiting) composer.element.querySelector<HTMLButtonElement>(".send")!.click();
  }

  function words({ status: code, error: reason, retryAfter }: Failure, { file }: Entry): string {
    const limit = /(\d+) MiB/.exec(reason);
    if (code === 0) return texts.offline;
    if (code === 413) return limit ? fill(texts.tooLargeFor, sizeOf(Number(limit[1]) * 2 ** 20, kit.language())) : texts.tooLarge;
    if (code === 429) return fill(texts.quota, kit.inWords(retryAfter));
    if (code === 400) return file?.size ? texts.type : texts.empty;
    return code === 403 ? texts.off : texts.failed;
  }

  /** Sends one file; with a session that has ended or a token that has been replaced, twice. */
  async function upload(entry: Entry): Promise<Attachment> {
    for (let first = true; ; first = false) {
      if (!session.data) await session.renew();
      const failure = await post(entry);
      if (!(failure instanceof Response)) return failure;
      const refusal = await kit.failureOf(failure);
      session.verificationAsked(refusal);
      if (first && refusal.sessionEnded) await session.renew();
      else if (!first || !refusal.refused || !(await core.freshToken())) {
        await api.judge(refusal);
        throw refusal;
      }
    }
  }

  /** One try: the file as the server has it, or the answer that says why not. Fetch can't tell how far it is. */
  function post(entry: Entry): Promise<Attachment | Response> {
    return new Promise((done, fail) => {
      const request = (entry.request = new XMLHttpRequest());
      request.open("POST", `${core.base}${PREFIX}/session/files`);
      for (const [name, value] of Object.entries(api.headers(session.auth()))) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => {
        entry.progress.value = loaded / total;
        entry.tell(`${Math.floor((100 * loaded) / total)} %`);
      };
      request.onload = () => {
        if (request.status === 201) return done(JSON.parse(request.responseText).file);
        const wait = request.getResponseHeader("Retry-After");
        done(new Response(request.responseText, { status: request.status, headers: wait ? { "Retry-After": wait } : {} }));
      };
      request.onerror = request.onabort = () => fail({ status: 0 });
      const form = new FormData();
      form.append("file", entry.file!, entry.name);
      request.send(form);
    });
  }

  function paint(): void {
    list.hidden = !entries.length;
    for (const { name, sent, failed, passing, retry, cancel, progress, tell } of entries) {
      retry.hidden = !passing;
      progress.hidden = !!sent || failed;
      if (!failed && (sent || !progress.value)) tell("");
      cancel.setAttribute("aria-label", fill(sent || failed ? texts.remove : texts.cancel, name));
    }
    composer.files = entries.filter((entry) => !entry.failed).map((entry) => entry.sent!);
    const files = composer.files.filter((file) => file);
    core.store.set("files", files.length ? { of: session.data?.conversation_id, files } : undefined);
    composer.fit();
  }

  /** Before the composer sends: uploads come first. */
  function sending(event: Event): void {
    waiting = composer.files.some((file) => !file);
    if (!waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(status, texts.waiting);
  }

  /** After it: what is sent leaves the tray. */
  function sent(): void {
    for (const entry of entries) if (entry.sent) entry.element.remove();
    entries = entries.filter((entry) => !entry.sent);
    paint();
  }
  composer.element.addEventListener("submit", sending, { capture: true });
  composer.element.addEventListener("submit", sent);

  addEventListener("online", () => again(entries.filter((entry) => entry.passing)), { signal: core.gone });

  const kept = core.store.get<{ of: string; files: Attachment[] }>("files");
  if (kept && kept.of === session.data?.conversation_id) {
    entries = kept.files.map((file) => row(file.name, file.size, undefined, file));
  }
  paint();

  return {
    open: () => input.click(),
    take(files) {
      clearTimeout(dragged);
      zone.hidden = !!files.length;
      if (files.length) return add(files);
      // While files are over the panel, this is called again and again.
      dragged = setTimeout(() => (zone.hidden = true), DRAG_OVER);
    },
    clear() {
      for (const entry of entries) {
        entry.request?.abort();
        entry.element.remove();
      }
      entries = [];
      waiting = false;
      paint();
    },
  };
}
