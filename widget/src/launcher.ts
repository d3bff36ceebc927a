import { brandColours } from "./colour";
import css from "./launcher.css";
import { createEvents, ownGlobal, plain } from "./page";
import { refused, settle } from "./settle";
import { openStore, siteOf } from "./storage";
import { launcher as texts } from "./languages/en.json";
import type { Claims, Core, Panel, Settings } from "./types";

type Command = (...args: never[]) => unknown;
type Api = ((...args: unknown[]) => unknown) & { q?: Iterable<unknown>[]; destroy?: () => void };

const BUBBLE = "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.4 8.4 0 1 1 21 11.5z";
const DOWN = "M6 9l6 6 6-6";
const RTL = /^(ar|dv|fa|he|ps|sd|ug|ur|yi)\b/;

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
  shadow.adoptedStyleSheets = [sheet];
  const root = document.createElement("div");
  root.className = "root";
  shadow.append(root);
  const button = document.createElement("button");
  const badge = document.createElement("span");
  button.type = "button";
  button.className = "launcher";
  button.dataset.test = "launcher";
  button.setAttribute("aria-haspopup", "dialog");
  badge.className = badge.dataset.test = "badge";
  badge.setAttribute("aria-hidden", "true");
  button.append(icon(BUBBLE), icon(DOWN), badge);
  button.hidden = true;
  root.append(button);

  let isOpen = false;
  let count = 0;
  let shown = !settings.hideLauncher && !page;
  let configured = false;
  let ended = false;
  let panel: Panel | undefined;
  let loading: Promise<Panel | undefined> | undefined;
  let tries = 0;

  const core: Core = {
    base,
    token,
    settings,
    config: {},
    store,
    icon,
    gone: life.signal,
    shadow,
    root,
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
      try {
        const response = await fetch(tokenUrl, { credentials: "omit", cache: "no-store" });
        const fresh = (await response.json()).token;
        if (!response.ok || !fresh) return false;
        core.token = fresh;
        return true;
      } catch {
        return false;
      }
    },
    refused: () => refused(core),
  };

  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  function paint(): void {
    const { theme, position, primary_color } = core.config.widget_settings || {};
    const wanted = settings.theme || theme;
    const dark = wanted === "dark" || (wanted === "auto" && systemDark.matches);
    root.toggleAttribute("data-dark", dark);
    root.toggleAttribute("data-open", isOpen);
    root.dataset.side = /left/.test(settings.position || position || "") ? "left" : "right";
    root.dir = RTL.test(settings.locale || "") ? "rtl" : "ltr";
    if (settings.zIndex) root.style.setProperty("--z", `${settings.zIndex}`);
    const colours = brandColours(primary_color, dark);
    for (const name in colours) root.style.setProperty(name, colours[name]);
    button.hidden = !shown || !configured || (ended && !isOpen);
    button.setAttribute("aria-expanded", `${isOpen}`);
    button.setAttribute("aria-label", isOpen ? texts.close : count ? texts.unread.replace("{}", `${count}`) : texts.open);
    badge.hidden = isOpen || !count;
    badge.textContent = count > 9 ? "9+" : `${count}`;
  }

  /** The panel's code, once; undefined when it cannot be had now. */
  function load(): Promise<Panel | undefined> {
    return (loading ||= settled
      // A browser remembers a failed import by its address, so each try has its own.
      .then(() => import(`${base}/widget/${PANEL_FILE}${tries++ ? `?${tries}` : ""}`))
      .then((module) => module.start(core) as Promise<Panel>)
      .then((started) => {
        panel = started;
        if (ended) panel.unavailable();
        return panel;
      })
      .catch(() => {
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
    if (!loaded) {
      isOpen = false;
      return;
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
    shown = on && !page;
    paint();
  };
  const identify = (user: unknown) => {
    settings.user = plain(user) as Claims;
    panel?.identify();
  };
  const set = (more: unknown) => {
    const { token: _, ...rest } = plain(more) as Settings;
    Object.assign(settings, rest);
    if (rest.hideLauncher !== undefined) shown = !rest.hideLauncher && !page;
    if (rest.user) identify(rest.user);
    paint();
  };

  const commands: Record<string, Command> = {
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
      if (panel) panel.logout();
      else ["device", "session", "claims", "answers", "outbox", "draft", "files"].forEach((key) => store.set(key, undefined));
    },
    locale: (locale: string) => set({ locale }),
    theme: (theme: string) => set({ theme }),
    on: events.on,
    off: events.off,
    isOpen: () => isOpen,
    unread: () => count,
    destroy() {
      ended = true;
      life.abort();
      keeper.disconnect();
      host.remove();
      delete (window as { Deskbell?: unknown }).Deskbell;
    },
  };
  const run = (name: unknown, ...args: unknown[]) =>
    Object.keys(commands).includes(name as string)
      ? (commands[name as string] as (...a: unknown[]) => unknown)(...args)
      : undefined;
  const api = Object.assign(run, commands) as Api;
  (window as { Deskbell?: Api }).Deskbell = api;

  // Sites that swap their whole body keep the chat.
  const keeper = new MutationObserver(attach);
  function attach(): void {
    if (host.isConnected) return;
    document.body.append(host);
    keeper.disconnect();
    keeper.observe(document.documentElement, { childList: true });
    keeper.observe(document.body, { childList: true });
  }
  if (document.body) attach();
  else addEventListener("DOMContentLoaded", attach, gone);

  button.addEventListener("click", toggle);
  for (const hint of ["pointerenter", "focus", "touchstart"]) {
    button.addEventListener(hint, () => void load(), { once: true, passive: true });
  }
  systemDark.addEventListener("change", paint, gone);

  const settled = settle(core, core.freshToken, () => !ended).then((answer) => {
    if (ended) return;
    core.config = answer.config || {};
    configured = true;
    if (!answer.config) return core.dead(answer.error || "Invalid support token", answer.status);
    paint();
    // A visitor who has been here has something to hear of, or to send.
    if (store.get("session") || store.get("outbox")) void load();
    events.emit("ready", {});
  });
  for (const call of earlier?.q || []) api(...call);
  if (page) void open();
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) boot(script);
