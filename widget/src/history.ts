import type { Answer } from "./api";
import type { Message } from "./messages";
import type { Around } from "./parts/visit";

interface Past {
  _id: string;
  status: string;
  unread_count: number;
  last_message: string | null;
  last_sender: string | null;
  last_message_at: string | null;
}

const PAGE = 20;

/** The visitor's conversations, newest first. */
export function historyPage(around: Around): void {
  const { chat, kit, texts } = around;
  const { h, say } = kit;
  const day = new Intl.DateTimeFormat(kit.language(), { dateStyle: "medium" });

  around.show(texts.earlier, () => {
    const list = h("ul", { class: "past", "data-test": "history" });
    const status = h("p", { class: "hint", role: "status" });
    const error = kit.alertLine();
    const more = h("button", { type: "button", class: "quiet", hidden: true, click: () => void load() }, texts.more);
    let cursor = "";

    function row(past: Past): HTMLElement {
      const current = past._id === chat.session.data?.conversation_id;
      const words = past.last_message || texts.file;
      const about = [
        current && texts.now,
        past.last_message_at && day.format(Date.parse(past.last_message_at)),
        past.status === "closed" && texts.closed,
      ];
      return h(
        "li",
        {},
        h(
          "button",
          { type: "button", "data-test": "past", click: () => (current ? around.leave() : pastPage(around, past._id, day.format(Date.parse(past.last_message_at!)))) },
          h("span", { class: "said", dir: "auto" }, past.last_sender === "visitor" ? kit.fill(texts.you, words) : words),
          h("span", { class: "hint" }, about.filter(Boolean).join(" · ")),
          ...(past.unread_count ? [h("span", { class: "count" }, kit.fill(texts.new, past.unread_count))] : []),
        ),
      );
    }

    async function load(): Promise<void> {
      say(error, "");
      say(status, texts.loading);
      try {
        const answer: Answer = await chat.session.call("GET", `/session/conversations?limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        cursor = answer.next_cursor || "";
        list.append(...(answer.conversations as Past[]).filter((past) => past.last_message_at).map(row));
        say(status, list.firstChild ? "" : texts.none);
        more.hidden = !cursor;
        more.textContent = texts.more;
      } catch {
        say(status, "");
        say(error, texts.failed);
        more.hidden = false;
      }
    }

    void load();
    return [list, status, error, more];
  });
}

/** One earlier conversation, to read and to go on with. */
export function pastPage(around: Around, id: string, title: string): void {
  const { chat, kit, texts } = around;
  const { h, say } = kit;
  const messages = kit.createMessages();
  const state = { ...chat.state, loaded: false, earlier: false, closed: false, typing: false, agentRead: 0, delivered: 0 };

  around.show(
    title,
    () => {
      const error = kit.alertLine();
      const resume = h("button", { type: "button", class: "primary", "data-test": "resume", click: () => void go() }, texts.resume);
      const log = kit.createLog({ ...chat, messages, state, path: `/session/conversations/${id}/messages`, features: {}, loadEarlier: load } as typeof chat);
      const retry = h("button", { type: "button", class: "quiet", hidden: true, click: () => void load() }, texts.more);

      async function load(): Promise<void> {
        const before = messages.list().length ? messages.first() : Number.MAX_SAFE_INTEGER;
        try {
          const answer: Answer = await chat.session.call("GET", `/session/conversations/${id}/messages?limit=50&before_seq=${before}`);
          for (const message of answer.messages as Message[]) messages.add(message);
          state.earlier = !!answer.has_more;
          state.loaded = retry.hidden = true;
          say(error, "");
        } catch {
          say(error, texts.failed);
          retry.hidden = false;
        }
        log.render("");
      }

      async function go(): Promise<void> {
        say(error, await around.move(id));
      }

      void load().then(log.bottom);
      return [log.element, error, retry, h("div", { class: "foot" }, resume)];
    },
    () => historyPage(around),
  );
}
