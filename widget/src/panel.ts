import css from "./panel.css";
import { createChat } from "./chat";
import { createComposer } from "./composer";
import { h, phone, say, touch, type Card } from "./dom";
import { soon } from "./format";
import { kit, use } from "./lazy";
import { createLog, face, greetingRow } from "./log";
import type { Forms } from "./parts/forms";
import type { Visit } from "./parts/visit";
import { fill, speak, texts } from "./texts";
import type { Core, Panel } from "./types";

const CROSS = "M6 6l12 12M18 6L6 18";
const DOTS = "M5 12h.01M12 12h.01M19 12h.01";

type Mode = "chat" | "gate" | "code" | "page" | "dead";

/** Builds the panel into the launcher's shadow root, closed. Called once by the launcher. */
export async function start(core: Core): Promise<Panel> {
  const signal = core.gone;
  await speak(core);
  // Meanwhile another language may have been asked for.
  signal.throwIfAborted();
  kit.style(core, css);

  const view = visualViewport!;
  let planned = false;
  let mode: Mode | undefined;
  let card: Card | undefined;
  let away = 0;
  let lost = false;
  const plan = () => {
    if (planned) return;
    planned = true;
    queueMicrotask(() => {
      planned = false;
      render();
    });
  };

  const chat = createChat(core, plan);
  const { state } = chat;
  const settings = core.config.widget_settings || {};

  const presence = h("p", { class: "presence" });
  const connection = h("p", { class: "connection", role: "status", hidden: true });
  const typing = h("p", { class: "sr", role: "status" });
  const notice = h("p", { class: "notice", role: "alert", hidden: true });
  const cards = h("div");
  const log = createLog(chat, cards);
  const composer = createComposer(chat);
  const step = h("div", { class: "step" });
  const close = h(
    "button",
    { type: "button", class: "close", "aria-label": texts.close, "data-test": "close", click: core.close, hidden: core.page },
    core.icon(CROSS),
  );
  const visit = () => use<Visit>(chat, "visit");
  const menu = h(
    "button",
    {
      type: "button",
      class: "close",
      "aria-label": texts.menu,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-test": "menu",
      click() {
        visit().then((part) => part.menu(menu), () => say(notice, texts.failed));
      },
    },
    core.icon(DOTS),
  );
  const panel = h(
    "section",
    { class: "panel", role: "dialog", "aria-labelledby": "title", tabindex: -1, hidden: true, "data-test": "panel", dragover: composer.take, drop: composer.take },
    h(
      "header",
      {},
      h("div", { class: "bell" }, face(core)),
      h("div", { class: "titles" }, h("h2", { id: "title" }, h("bdi", {}, settings.title || settings.team_name || texts.title)), presence),
      menu,
      close,
    ),
    connection,
    log.element,
    step,
    typing,
    notice,
    composer.element,
  );
  if (core.page) core.root.dataset.page = "";
  core.root.prepend(panel);

  const modeNow = (): Mode => (state.dead ? "dead" : chat.gated() ? "gate" : chat.verifying() ? "code" : state.page ? "page" : "chat");

  const greeting = () =>
    (state.here.is_open ? settings.greeting_message : settings.offline_message) || settings.greeting_message || "";

  function presenceText(): string {
    const { is_open, agents_online, next_change_at } = state.here;
    if (is_open) return agents_online ? texts.online : texts[settings.reply_time || "open"];
    return next_change_at ? fill(texts.back, soon(Date.parse(next_change_at))) : texts.away;
  }

  function enter(next: Mode): void {
    // The focus of a step that goes away must not be lost, but the page's own stays where it is.
    const at = core.shadow.activeElement || document.activeElement;
    const ours = panel.contains(at) || at === core.shadow.host || at === document.body;
    mode = next;
    card = undefined;
    composer.element.hidden = next !== "chat";
    // What was said can still be read when there is no more to say.
    log.element.hidden = next !== "chat" && (next !== "dead" || !chat.messages.list().length);
    cards.hidden = next === "dead";
    step.hidden = next === "chat";
    step.replaceChildren();
    if (next === "chat") {
      // Hidden it could not be measured.
      composer.fit();
      log.bottom();
    } else void ask(next);
    if (ours) focusInside();
  }

  /** Shows what stands in the chat's place as soon as its part is there. */
  async function ask(wanted: "gate" | "code" | "page" | "dead"): Promise<void> {
    let shown: Node[];
    try {
      const made = await use<Forms & Visit>(chat, wanted === "page" ? "visit" : "forms");
      if (mode !== wanted) return;
      card = made[wanted]();
      const hello = wanted === "gate" && greeting();
      shown = [...(hello ? [greetingRow(core, hello)] : []), card.element];
    } catch {
      if (mode !== wanted) return;
      const again = h("button", { type: "button", class: "quiet", click: () => void ask(wanted) }, texts.retry);
      shown = [h("div", { class: "over", role: "alert" }, texts.failed, again)];
    }
    // The panel, or the button of a try that failed, held the focus for what comes now.
    const at = core.shadow.activeElement;
    const waiting = at === panel || step.contains(at);
    step.replaceChildren(...shown);
    log.bottom();
    if (waiting) focusInside();
  }

  function render(): void {
    // Nobody sees a closed panel, and a code must not be sent for it.
    if (!state.open) return;
    if (mode !== modeNow()) enter(modeNow());
    if (state.up) {
      clearTimeout(away);
      away = 0;
      lost = false;
    } else {
      // A short gap, as when the server restarts, is not worth a word.
      away ||= setTimeout(() => {
        lost = true;
        plan();
      }, 2500);
    }
    const cut = !navigator.onLine ? texts.offline : lost ? texts.reconnecting : "";
    say(connection, mode === "chat" ? cut : "");
    // Who is there is not known while the line is cut.
    say(presence, cut || mode === "dead" ? "" : presenceText());
    presence.toggleAttribute("data-online", presence.textContent === texts.online);
    say(typing, state.typing ? texts.typing : "");
    say(notice, mode === "chat" ? state.notice : "");
    log.render(greeting());
    // What a conversation's end and an empty office ask for.
    if (chat.parts.visit || (state.loaded && (state.asked || state.closed || !state.here.agents_online))) {
      visit().then((part) => part.cards(cards), () => undefined);
    }
  }

  function focusInside(): void {
    if (touch()) panel.focus();
    else if (mode === "chat") composer.input.focus();
    else if (card) card.focus();
    else panel.focus();
  }

  /** On phones the panel follows the part of the screen that the keyboard leaves. */
  function fitScreen(): void {
    panel.style.setProperty("--vh", `${view.height}px`);
    panel.style.setProperty("--vt", `${view.offsetTop}px`);
  }

  function pressed(event: KeyboardEvent): void {
    // The page's shortcuts must not fire while somebody writes to us.
    event.stopPropagation();
    if (event.type !== "keydown") return;
    if (event.key === "Escape" && !event.isComposing) core.close();
    if (event.key !== "Tab" || !phone() || core.page) return;
    const stops = [...panel.querySelectorAll<HTMLElement>("button:enabled,input,select,textarea,a,[tabindex='0']")].filter(
      (stop) => stop.offsetParent,
    );
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    const at = core.shadow.activeElement;
    if (at !== edge && at !== panel) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }
  for (const kind of ["keydown", "keypress", "keyup"] as const) panel.addEventListener(kind, pressed);

  const gone = { signal };
  addEventListener("online", plan, gone);
  addEventListener("offline", plan, gone);
  view.addEventListener("resize", fitScreen, gone);
  view.addEventListener("scroll", fitScreen, gone);

  chat.identify();

  return {
    show(quiet) {
      fitScreen();
      panel.hidden = false;
      panel.setAttribute("aria-modal", `${phone() && !core.page}`);
      chat.opened();
      render();
      composer.fit();
      log.bottom();
      if (!quiet) focusInside();
    },
    hide() {
      panel.hidden = true;
      chat.closed();
    },
    send(text) {
      if (typeof text !== "string" || !text.trim()) return;
      if (!composer.post(text) || modeNow() !== "chat") core.open();
    },
    prefill: (text) => composer.write(String(text)),
    identify: chat.identify,
    logout: chat.logout,
    unavailable: chat.kill,
  };
}
