import css from "./launcher.css";
import { createEvents, ownGlobal, plain } from "./page";
import { refused, settle } from "./settle";
import { openStore, siteOf } from "./storage";
import type { Claims, Core, Panel, Settings } from "./types";

type Command = (...args: never[]) => unknown;
type Api = ((...args: unknown[]) => unknown) & { q?: Iterable<unknown>[]; destroy?: () => void };

const DOWN = "M6 9l6 6 6-6";
const PHONE = "(max-width: 600px), (max-height: 500px) and (pointer: coarse)";
const DARK = "(prefers-color-scheme: dark)";

function icon(path: string): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(svg.namespaceURI, "path"));
  (svg.firstChild as Element).setAttribute("d", path);
  return svg;
}

function boot(script: HTMLScriptElement): void {
  const earlier = ownGlobal("Deskbell") as Api | undefined;
  if (earlier?.destroy) return;
  const settings = plain(ownGlobal("supportConfig")) as Settings;
  const token = settings.token || script.dataset.token;
  if (typeof token !== "string") return console.warn("Deskbell: no token given");
  settings.user = plain(settings.user) as Claims;

  const base = new URL(script.src).origin;
  const page = script.dataset.mode === "page";
  const tokenUrl = script.dataset.tokenUrl;
  const events = createEvents();
  const store = openStore(siteOf(token));

  const life = new AbortController();
  const gone = { signal: life.signal };
  const host = document.createElement("deskbell-widget");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const root = document.createElement("div");
  root.className = "root";
  shadow.append(root);
  const button = document.createElement("button");
  const picture = icon("");
  const pill = document.createElement("span");
  const badge = document.createElement("span");
  button.type = "button";
  button.className = button.dataset.test = "launcher";
  pill.className = "pill";
  button.setAttribute("aria-haspopup", "dialog");
  badge.className = badge.dataset.test = "badge";
  badge.setAttribute("aria-hidden", "true");
  button.append(picture, icon(DOWN), pill, badge);
  button.hidden = true;

  let isOpen = false;
  let count = 0;
  let shown = !settings.hideLauncher;
  let ended = false;
  /** The life of the present panel: another language makes another one. */
  let chapter: AbortController;
  let panel: Panel | undefined;
  let loading: Promise<Panel | undefined> | undefined;
  let tries = 0;
  let hours = 0;

  const core: Core = {
    base,
    token,
    settings,
    config: {},
    store,
    icon,
    shadow,
    root,
    gone: life.signal,
    page,
    emit: events.emit,
    unread(n) {
      if (n === count) return;
      count = n;
      paint();
      events.emit("unread", { count });
    },
    open: () => void open(),
    close,
    dead(error, status) {
      if (ended) return;
      ended = true;
      paint();
      panel?.unavailable();
      events.emit("error", { error, statusCode: status });
    },
    async freshToken() {
      if (!tokenUrl) return false;
      const answer = fetch(tokenUrl, { credentials: "omit", cache: "no-store" });
      const fresh = await answer.then((response) => response.json()).catch(() => ({}));
      if (fresh.token) core.token = fresh.token;
      return !!fresh.token;
    },
    refused: () => refused(core),
  };

  function begin(): void {
    chapter?.abort();
    chapter = new AbortController();
    core.gone = chapter.signal;
    loading = panel = undefined;
    root.replaceChildren(button);
    shadow.adoptedStyleSheets = [sheet];
  }
  begin();

  const systemDark = matchMedia(DARK);
  const small = matchMedia(PHONE);

  /** Whether the site's owner wants no launcher here and now. */
  function unwanted(hidden_at?: string): boolean {
    const { outside_hours, phone, desktop } = core.config.hide || {};
    const { is_open, next_change_at } = core.config.business_hours || {};
    return !!(
      (small.matches ? phone : desktop) ||
      // What the answer said turns round when the next change has come.
      (outside_hours && is_open === Date.now() > Date.parse(next_change_at!)) ||
      (hidden_at && RegExp(hidden_at).test(location.href))
    );
  }

  function paint(): void {
    const { theme, position, launcher_text = "", offset_x = 20, offset_y = 20 } = core.config.widget_settings || {};
    const { language, rtl, texts, icon: path, colours, hidden_at } = core.config.launcher || {};
    button.hidden = !shown || page || !texts || (ended && !isOpen) || unwanted(hidden_at);
    if (!texts) return;
    const wanted = settings.theme || theme;
    const dark = wanted === "dark" || (wanted === "auto" && systemDark.matches);
    const left = /left/.test(settings.position || position!);
    root.toggleAttribute("data-dark", dark);
    root.toggleAttribute("data-open", isOpen);
    root.dir = rtl ? "rtl" : "ltr";
    root.lang = language!;
    const look: Record<string, unknown> = {
      z: settings.zIndex,
      l: left && `${offset_x}px`,
      r: !left && `${offset_x}px`,
      b: `${offset_y}px`,
      brand: colours![0],
      "on-brand": colours![1],
      ink: colours![dark ? 3 : 2],
    };
    // What is empty is taken away: of left and right only one is said.
    for (const name in look) root.style.setProperty(`--${name}`, `${look[name] || ""}`);
    picture.firstElementChild!.setAttribute("d", path!);
    pill.textContent = isOpen ? "" : launcher_text;
    button.setAttribute("aria-expanded", `${isOpen}`);
    // What can be read on it is part of its name, for those who call it by voice.
    button.setAttribute("aria-label", `${pill.textContent} ${isOpen ? texts.close : count ? texts.unread.replace("{}", `${count}`) : texts.open}`.trim());
    badge.hidden = isOpen || !count;
    badge.textContent = count > 9 ? "9+" : `${count}`;
  }

  /** The panel's code, once; undefined when it cannot be had now. */
  function load(): Promise<Panel | undefined> {
    const { gone } = core;
    return (loading ||= settled
      // A browser remembers a failed import by its address, so each try has its own.
      .then(() => import(`${base}/widget/${PANEL_FILE}${tries++ ? `?${tries}` : ""}`))
      .then((module) => {
        gone.throwIfAborted();
        return module.start(core) as Promise<Panel>;
      })
      .then((started) => {
        panel = started;
        if (ended) panel.unavailable();
        return panel;
      })
      .catch(() => {
        if (gone.aborted) return life.signal.aborted ? undefined : load();
        loading = undefined;
        events.emit("error", { error: "The chat could not be loaded", statusCode: 0 });
        return undefined;
      }));
  }

  async function open(): Promise<void> {
    if (isOpen) return;
    isOpen = true;
    button.setAttribute("aria-busy", "true");
    const loaded = await load();
    button.removeAttribute("aria-busy");
    if (!isOpen) return;
    // A page that is refused stays as if there were no chat; a page of the chat's own says so.
    if (!loaded || (ended && !page)) {
      isOpen = false;
      return paint();
    }
    paint();
    loaded.show();
    events.emit("open", {});
  }

  function close(): void {
    if (!isOpen || page) return;
    isOpen = false;
    const inside = shadow.activeElement;
    panel?.hide();
    paint();
    if (inside) button.focus();
    events.emit("close", {});
  }

  const toggle = () => (isOpen ? close() : void open());
  const show = (on: boolean) => () => {
    shown = on;
    paint();
  };
  const identify = (user: unknown) => {
    settings.user = plain(user) as Claims;
    panel?.identify();
  };
  const set = (more: unknown) => {
    const { token: _, locale, user, ...rest } = plain(more) as Settings;
    Object.assign(settings, rest);
    if (rest.hideLauncher !== undefined) shown = !rest.hideLauncher;
    if (user || rest.identity_token) identify(user || settings.user);
    if (locale !== undefined) void speak(locale);
    paint();
  };

  /** Goes on in another language; what was being written stays. */
  async function speak(locale: string): Promise<void> {
    settings.locale = locale;
    // The first answer is still to come, and will be in it.
    if (!core.config.launcher) return;
    await configure();
    if (!loading || ended) return;
    const inside = shadow.activeElement;
    begin();
    const fresh = await load();
    if (isOpen) fresh?.show(!inside);
  }

  const commands: Record<string, Command> = {
    __proto__: null as never,
    open,
    close,
    toggle,
    show: show(true),
    hide: show(false),
    async send(text: string) {
      (await load())?.send(text);
    },
    async prefill(text: string) {
      (await load())?.prefill(text);
    },
    identify,
    set,
    logout() {
      settings.user = settings.identity_token = undefined;
      if (panel) panel.logout();
      else ["device", "session", "claims", "answers", "outbox", "draft", "files"].forEach((key) => store.set(key, undefined));
    },
    locale: speak,
    theme: (theme: string) => set({ theme }),
    on: events.on,
    off: events.off,
    isOpen: () => isOpen,
    unread: () => count,
    destroy() {
      ended = true;
      life.abort();
      chapter.abort();
      keeper.disconnect();
      clearTimeout(hours);
      panel = undefined;
      loading = Promise.resolve(panel);
      host.remove();
      delete (window as { Deskbell?: unknown }).Deskbell;
    },
  };
  const run = (name: string, ...args: never[]) => commands[name]?.(...args);
  const api = Object.assign(run, commands) as unknown as Api;
  (window as { Deskbell?: Api }).Deskbell = api;

  // Sites that swap their whole body keep the chat.
  const keeper = new MutationObserver(attach);
  function attach(): void {
    if (host.isConnected || !document.body) return;
    document.body.append(host);
    // What was scrolled to is lost on the way.
    if (isOpen) panel?.show(true);
    keeper.disconnect();
    for (const node of [document, document.documentElement, document.body]) keeper.observe(node, { childList: true });
  }
  if (document.body) attach();
  else addEventListener("DOMContentLoaded", attach, gone);

  button.addEventListener("click", toggle);
  for (const hint of ["pointerenter", "focus", "touchstart"]) {
    button.addEventListener(hint, () => void load(), { once: true, passive: true });
  }
  for (const medium of [systemDark, small]) medium.addEventListener("change", paint, gone);
  addEventListener("popstate", paint, gone);
  // Single-page sites change their address without a word to other browsers.
  (window as { navigation?: Partial<EventTarget> }).navigation?.addEventListener?.("currententrychange", paint, gone);

  async function configure(): Promise<void> {
    let answer;
    let asked;
    do {
      // The page's first calls, queued before us, come first.
      await null;
      asked = settings.locale;
      answer = await settle(core, life.signal);
      if (ended) return;
    } while (asked !== settings.locale);
    if (!answer.config) return core.dead(answer.error || "Invalid support token", answer.status);
    core.config = answer.config;
    clearTimeout(hours);
    hours = setTimeout(paint, Date.parse(core.config.business_hours?.next_change_at!) - Date.now() + 500);
    paint();
  }
  const settled = configure().then(() => {
    if (ended) return;
    // A visitor who has been here has something to hear of, or to send.
    if (store.get("session") || store.get("outbox")) void load();
    events.emit("ready", {});
  });
  for (const call of earlier?.q || []) api(...call);
  if (page) void open();
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) boot(script);
