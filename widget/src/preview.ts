import type { Chat } from "./chat";
import type { alerts } from "./languages/en.json";
import type { Kit } from "./lazy";
import type { Message } from "./messages";

const CROSS = "M7 7l10 10M17 7L7 17";
/** Beyond this nothing of a text could be seen. */
const LONGEST = 300;

interface Said {
  key: string;
  seq: number;
  name: string;
  text: string;
}

/** Shows the newest unread message beside the launcher of a closed panel. Call what it answers after every change. */
export function createPreview(chat: Chat, kit: Kit, texts: typeof alerts): () => Promise<void> {
  const { core, session, messages } = chat;
  const { h, say } = kit;
  let asked: Promise<Said | undefined> | undefined;
  let shown = "";
  const name = core.store.name("preview");

  const who = h("span", { class: "preview-who" });
  const text = h("span", { class: "preview-words", dir: "auto", "data-test": "preview-text" });
  const open = h("button", { type: "button", class: "preview-open", "data-test": "preview-open", click: core.open }, who, text);
  const dismiss = h(
    "button",
    { type: "button", class: "preview-dismiss", "aria-label": texts.dismiss, "data-test": "preview-dismiss", click: away },
    core.icon(CROSS),
  );
  const card = h("div", { class: "preview", hidden: true, "data-test": "preview" }, open, dismiss);
  const region = h("div", { class: "previews", role: "status" }, card);
  if (!core.page) core.root.append(region);

  /** The tab remembers what was dismissed in it, where it may. */
  function dismissed(key?: string): boolean {
    try {
      if (key) sessionStorage.setItem(name, key);
      return sessionStorage.getItem(name) === shown;
    } catch {
      return false;
    }
  }

  function away(): void {
    dismissed(shown);
    const inside = card.contains(core.shadow.activeElement);
    card.hidden = true;
    if (inside) core.root.querySelector<HTMLElement>(".launcher")?.focus();
  }

  function pressed(event: KeyboardEvent): void {
    if (event.key === "Escape" && !card.hidden && !chat.state.open) away();
  }
  core.root.addEventListener("keydown", pressed, { signal: core.gone });

  /** The newest message of the team that this page knows of and the visitor has not read. */
  function known(): Said | undefined {
    const item = messages.list().filter((i) => i.sender === "agent" && i.seq > chat.read() && !i.removed).at(-1);
    return item && { key: item.key, seq: item.seq, name: item.name, text: item.text || texts.file };
  }

  /** One that was written before this page was there. */
  async function read(): Promise<Said | undefined> {
    const answer = await session.call("GET", `/session/messages?before_seq=${Number.MAX_SAFE_INTEGER}&limit=10`);
    const message = (answer.messages as Message[]).filter((m) => m.sender.type === "agent" && !m.deleted_at).at(-1);
    return message && { key: message._id, seq: message.seq, name: message.sender.name || "", text: message.text || texts.file };
  }

  return async () => {
    if (core.page) return;
    let said = chat.unread() && !chat.state.open ? known() : undefined;
    if (!said && chat.unread() && !chat.state.open && !messages.list().length) {
      said = await (asked ||= read().catch(() => (asked = undefined)));
      said = known() || said;
    }
    // Things may have changed in the meantime.
    if (!said || !chat.unread() || chat.state.open) {
      card.hidden = true;
      return;
    }
    shown = said.key;
    say(who, kit.fill(texts.from, said.name || core.config.widget_settings?.team_name || texts.team));
    say(text, said.text.slice(0, LONGEST));
    card.hidden = dismissed();
  };
}
