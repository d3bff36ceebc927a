// The emoji picker: a grid with search, its list fetched when it is opened first.
import css from "../emoji.css";
import type { Chat } from "../chat";
import type { Tool } from "../composer";
import { touch } from "../dom";
import { emoji as english } from "../languages/en.json";
import type { Kit } from "../lazy";

const RECENT = 18;
const FOUND = 90;
/** The list's groups in the order they are shown, by their number in it, with a picture. */
const GROUPS = [
  ["smileys", 0, "😀"],
  ["people", 1, "👋"],
  ["nature", 3, "🐻"],
  ["food", 4, "🍔"],
  ["travel", 5, "🚗"],
  ["activities", 6, "⚽"],
  ["objects", 7, "💡"],
  ["symbols", 8, "💕"],
  ["flags", 9, "🏳️"],
] as const;

interface Emoji {
  char: string;
  name: string;
  /** Everything it is found by, in small letters, with a space before each word. */
  words: string;
}

export function start(chat: Chat, kit: Kit): Tool {
  const { core, composer } = chat;
  const { h, say } = kit;
  const texts = kit.words("emoji", english);
  kit.style(core, css);

  let all: Emoji[] = [];
  let groups: Emoji[][] = [];
  let fetching: Promise<void> | undefined;
  let opener: HTMLElement;
  let outside: AbortController | undefined;

  const search = h("input", { type: "search", class: "search", placeholder: texts.search, "aria-label": texts.search, autocomplete: "off", "data-test": "emoji-search", input: find });
  const status = h("p", { class: "sr", role: "status" });
  const tabs = h("div", { class: "groups" });
  const grid = h("div", { class: "grid", "data-test": "emoji-grid", click: clicked, focusin: rove });
  const empty = h("p", { class: "line", hidden: true }, texts.none);
  const box = h(
    "div",
    { class: "picker", role: "dialog", "aria-label": texts.title, tabindex: -1, "data-test": "emoji-picker", keydown: pressed },
    search,
    tabs,
    status,
    empty,
    grid,
  );

  function load(): Promise<void> {
    return (fetching ||= (async () => {
      try {
        const response = await fetch(`${core.base}/widget/${EMOJI_FILE}`, { credentials: "omit" });
        if (!response.ok) throw response;
        const lists: Emoji[][] = [];
        let group: Emoji[] = [];
        for (const line of (await response.text()).split("\n")) {
          const [char, name, more] = line.split("\t");
          if (char.startsWith("#") && !name) group = lists[Number(char.slice(1))] = [];
          else if (name) group.push({ char, name, words: ` ${name} ${more}`.toLowerCase() });
        }
        groups = lists;
        all = GROUPS.flatMap(([, at]) => lists[at]);
        draw();
      } catch {
        fetching = undefined;
        say(empty, texts.failed);
      }
    })());
  }

  const cell = ({ char, name }: Emoji) =>
    h("button", { type: "button", class: "emoji", tabindex: -1, title: name, "aria-label": name, "data-emoji": char }, char);

  const section = (title: string, list: Emoji[]) =>
    h("div", { class: "group", role: "group", "aria-label": title }, h("p", { class: "about", "aria-hidden": "true" }, title), h("div", { class: "cells" }, ...list.map(cell)));

  const recent = (): string[] => core.store.get<string[]>("emoji") || [];

  function draw(): void {
    const used = recent().map((char) => all.find((one) => one.char === char)).filter((one): one is Emoji => !!one);
    const sections = GROUPS.map(([key, at, face]) => [texts[key], groups[at], face] as const);
    const shown = used.length ? [[texts.recent, used, "🕘"] as const, ...sections] : sections;
    const made = shown.map(([title, list]) => section(title, list));
    grid.replaceChildren(...made);
    tabs.replaceChildren(
      ...shown.map(([title, , face], i) =>
        h("button", { type: "button", "aria-label": title, title, click: () => made[i].scrollIntoView({ block: "start" }) }, face),
      ),
    );
    settle();
  }

  /** One emoji takes part in the order of Tab; the arrows reach the others. */
  function settle(): void {
    grid.scrollTop = 0;
    grid.querySelector(".emoji")?.setAttribute("tabindex", "0");
  }

  function find(): void {
    const wanted = search.value.toLowerCase().trim().split(/\s+/).filter(Boolean);
    tabs.hidden = wanted.length > 0;
    if (!wanted.length) {
      say(status, "");
      empty.hidden = true;
      return draw();
    }
    const rank = (one: Emoji) => (one.name.startsWith(wanted[0]) ? 0 : 1);
    const found = all
      .filter((one) => wanted.every((word) => one.words.includes(` ${word}`)))
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, FOUND);
    grid.replaceChildren(...(found.length ? [section(texts.search, found)] : []));
    say(empty, found.length ? "" : texts.none);
    say(status, kit.fill(texts.found, found.length));
    settle();
  }

  function rove({ target }: Event): void {
    grid.querySelectorAll("[tabindex='0']").forEach((one) => one.setAttribute("tabindex", "-1"));
    (target as Element).setAttribute("tabindex", "0");
  }

  function clicked({ target }: Event): void {
    const { emoji } = (target as HTMLElement).dataset;
    if (!emoji) return;
    core.store.set("emoji", [emoji, ...recent().filter((one) => one !== emoji)].slice(0, RECENT));
    const { input } = composer;
    input.setRangeText(emoji, input.selectionStart, input.selectionEnd, "end");
    input.dispatchEvent(new Event("input"));
    // Where a keyboard would rise over the grid, it stays for more.
    if (!touch()) close(composer.input);
  }

  function pressed(event: KeyboardEvent): void {
    const at = core.shadow.activeElement as HTMLElement;
    const cells = [...grid.querySelectorAll<HTMLElement>(".emoji")];
    const i = cells.indexOf(at);
    const { key } = event;
    let next: HTMLElement | undefined;
    if (event.isComposing) return;
    if (key === "Escape") close(opener);
    else if (at === search) {
      if (key === "Enter" && search.value) cells[0]?.click();
      else if (key === "ArrowDown") next = cells[0];
      else if (key !== "Enter") return;
    } else if (at === box && key === "ArrowDown") next = cells[0];
    else if (i < 0) return;
    else if (key === "Home" || key === "End") next = cells.at(key === "Home" ? 0 : -1);
    else if (key === "ArrowLeft" || key === "ArrowRight") {
      const forward = (key === "ArrowRight") === (getComputedStyle(box).direction === "ltr");
      next = cells[i + (forward ? 1 : -1)];
    } else if (key === "ArrowDown" || key === "ArrowUp") next = beside(cells, i, key === "ArrowDown") || (key === "ArrowUp" ? search : undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
    next?.focus();
  }

  /** The nearest cell of the row below or above. */
  function beside(cells: HTMLElement[], from: number, down: boolean): HTMLElement | undefined {
    const place = (cell: HTMLElement) => cell.getBoundingClientRect();
    const here = place(cells[from]);
    let best: HTMLElement | undefined;
    let row: number | undefined;
    for (let i = from + (down ? 1 : -1); cells[i]; i += down ? 1 : -1) {
      const there = place(cells[i]);
      if (Math.abs(there.top - here.top) < 4) continue;
      row ??= there.top;
      if (Math.abs(there.top - row) >= 4) break;
      if (!best || Math.abs(there.left - here.left) < Math.abs(place(best).left - here.left)) best = cells[i];
    }
    return best;
  }

  /** Closes the grid; where it had the focus, that goes to another place first, or it would be lost. */
  function close(to?: HTMLElement): void {
    outside?.abort();
    outside = undefined;
    to?.focus();
    box.remove();
    opener.setAttribute("aria-expanded", "false");
  }

  const pointed = (event: Event) => {
    const path = event.composedPath();
    if (!path.includes(box) && !path.includes(opener)) close();
  };

  /** Who walks on by keyboard leaves no grid behind that Escape could not reach. */
  const left = ({ target }: Event) => {
    if (target !== opener && !box.contains(target as Node)) close();
  };

  return {
    open(button) {
      opener = button;
      if (outside) return close(composer.input);
      outside = new AbortController();
      document.addEventListener("pointerdown", pointed, { capture: true, signal: outside.signal });
      core.shadow.addEventListener("focusin", left, outside);
      opener.addEventListener("keydown", pressed, outside);
      button.setAttribute("aria-haspopup", "dialog");
      button.setAttribute("aria-expanded", "true");
      search.value = "";
      composer.element.append(box);
      say(empty, "");
      if (all.length) find();
      else void load();
      (touch() ? box : search).focus();
    },
  };
}
