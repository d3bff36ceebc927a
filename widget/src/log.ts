import type { Chat } from "./chat";
import { BELL, h, say } from "./dom";
import { dayOf, link, linkify, timeOf } from "./format";
import { use } from "./lazy";
import type { Item } from "./messages";
import type { Viewer } from "./parts/viewer";
import { texts } from "./texts";
import type { Core } from "./types";

const TOGETHER = 5 * 60 * 1000;
/** A few emoji and nothing else. */
const EMOJI = /^[\p{Extended_Pictographic}\p{RI}\p{EMod}\u200d\ufe0f ]{1,12}$/u;

function build(item: Item, retry: () => void) {
  const mine = item.sender === "visitor";
  const name = item.name || texts.team;
  const row = {
    version: undefined as string | undefined,
    bubble: h("div", { class: "bubble", dir: "auto" }),
    files: h("div", { class: "files" }),
    name: h("div", { class: mine ? "sr" : "name" }, mine ? texts.you : name),
    meta: h("span", { dir: "auto" }),
    retry: h("button", { type: "button", class: "quiet", "data-test": "retry", click: retry }, texts.retry),
  };
  const element = h(
    "div",
    { "data-test": "message", "data-sender": item.sender },
    row.name,
    h("div", { class: "face", "aria-hidden": "true" }, name.slice(0, 1)),
    row.bubble,
    row.files,
    h("div", { class: "meta" }, row.meta, row.retry),
  );
  return { ...row, element };
}

/** The team's picture; the bell when there is none, or none to be had. */
export function face(core: Core): Element {
  const bell = core.icon(BELL);
  const picture = core.config.widget_settings?.avatar_url;
  return picture ? h("img", { src: core.base + picture, alt: "", error: (event: Event) => (event.target as Element).replaceWith(bell) }) : bell;
}

/** The first words, said by the house before anybody has written. */
export const greetingRow = (core: Core, text: string): HTMLElement =>
  h(
    "div",
    { class: "row first last", "data-test": "message", "data-sender": "note", "data-state": "sent" },
    h("div", { class: "face", "aria-hidden": "true" }, face(core)),
    h("div", { class: "bubble", dir: "auto" }, text),
  );

/** The messages, grouped by who wrote them and by day; `cards` stand below them. */
export function createLog(chat: Chat, cards?: Element) {
  const { state, messages, features } = chat;
  const rows = new Map<string, ReturnType<typeof build>>();
  const days = new Map<string, HTMLElement>();
  const note = greetingRow(chat.core, "");
  const earlier = h("button", { type: "button", class: "quiet", click: () => void chat.loadEarlier() }, texts.earlier);
  const closed = h("p", { class: "line" }, texts.closed);
  const typing = h("div", { class: "row first last dots", "aria-hidden": "true", "data-test": "typing" }, h("div", { class: "bubble" }, h("i"), h("i"), h("i")));
  const element = h("div", { class: "log", role: "log", tabindex: 0, "aria-label": texts.messages, "data-test": "messages" });

  function paint(item: Item, before: Item | undefined, after: Item | undefined, lastOwn: boolean, lastRead: boolean): HTMLElement {
    if (!rows.has(item.key)) rows.set(item.key, build(item, () => chat.outbox.retry(item.key)));
    const row = rows.get(item.key)!;
    const joins = (other: Item | undefined) =>
      other?.sender === item.sender &&
      other.name === item.name &&
      Math.abs(other.at - item.at) < TOGETHER &&
      dayOf(other.at) === dayOf(item.at);
    const first = !joins(before);
    const last = !joins(after);
    const stored = item.state === "sent";
    const status = item.state === "failed" ? texts.unsent : stored ? (lastRead ? texts.read : lastOwn && (item.seq <= state.delivered! ? texts.delivered : texts.sent)) : texts.sending;
    row.element.className = `row${first ? " first" : ""}${last ? " last" : ""}`;
    row.element.dataset.state = item.seq && item.sender === "visitor" && item.seq <= readUpTo() ? "read" : item.state;
    if (row.version !== item.changed) {
      const { text, removed, files } = item;
      row.version = item.changed;
      row.bubble.hidden = !text && !removed;
      row.bubble.replaceChildren(...linkify(removed ? texts.removed : text));
      row.bubble.dataset.kind = removed ? "removed" : EMOJI.test(text) ? "emoji" : "";
      row.files.replaceChildren(...files.map((file) => link(file.url, file.name)));
      // Without their part, files are links.
      if (files[0]) use<Viewer>(chat, "viewer").then((part) => part.show(chat.path, row.files, item), () => undefined);
    }
    row.name.hidden = !first;
    say(row.meta, [stored && last && timeOf(item.at), item.changed && !item.removed && texts.edited, status].filter(Boolean).join(" · "));
    row.retry.hidden = item.state !== "failed";
    row.meta.parentElement!.hidden = !row.meta.textContent;
    return row.element;
  }

  const readUpTo = () => (features.read_receipts ? state.agentRead : 0);

  function render(greeting: string): void {
    const pinned = element.scrollHeight - element.scrollTop - element.clientHeight < 90;
    const fromBottom = element.scrollHeight - element.scrollTop;
    const oldest = () => element.querySelector("[data-sender]:not([data-sender=note])");
    const top = oldest();

    const items = messages.list();
    const own = items.filter((item) => item.seq && item.sender === "visitor");
    const lastOwn = own.at(-1);
    const lastRead = own.filter((item) => item.seq <= readUpTo()).at(-1);
    say(note.lastChild as HTMLElement, greeting);
    const wanted = new Set<Element>(state.earlier ? [earlier] : greeting ? [note] : []);
    items.forEach((item, i) => {
      const day = dayOf(item.at);
      if (!days.has(day)) days.set(day, h("p", { class: "line" }, day));
      wanted.add(days.get(day)!).add(paint(item, items[i - 1], items[i + 1], item === lastOwn, item === lastRead));
    });
    if (state.closed) wanted.add(closed);
    if (state.typing) wanted.add(typing);
    if (cards) wanted.add(cards);

    for (const child of [...element.children]) if (!wanted.has(child)) child.remove();
    const newest = items.at(-1);
    const wrote = newest?.sender === "visitor" && !rows.get(newest.key)!.element.parentNode;
    [...wanted].forEach((child, i) => {
      if (element.children[i] !== child) element.insertBefore(child, element.children[i]);
    });
    // A screen reader hears what is new, not the whole history on opening.
    element.setAttribute("aria-live", state.loaded || !chat.session.data ? "polite" : "off");

    if (pinned || wrote) element.scrollTop = element.scrollHeight;
    // Older messages came in above: what was being read stays where it is.
    else if (top !== oldest()) element.scrollTop = element.scrollHeight - fromBottom;
  }

  return { element, render, bottom: () => (element.scrollTop = element.scrollHeight) };
}
