// What there is around a conversation: the menu, the earlier ones, its end and its transcript.
import fields from "../forms.css";
import notice from "../notice.css";
import css from "../visit.css";
import type { Failure } from "../api";
import { awayCard } from "../away";
import type { Chat } from "../chat";
import { touch, type Card } from "../dom";
import { endPage } from "../end";
import { trade } from "../exchange";
import { historyPage } from "../history";
import { visit as english } from "../languages/en.json";
import type { Kit } from "../lazy";
import { createMenu } from "../menu";
import { ratingCard } from "../rating";
import type { Forms } from "./forms";
import { download, mailPage } from "../transcript";

export interface Visit {
  /** Opens the menu below its button, or closes it. */
  menu(button: HTMLElement): void;
  /** The page that covers the chat while `state.page` says so. */
  page(): Card;
  /** Keeps the cards below the messages as the conversation needs them. */
  cards(place: HTMLElement): void;
}

const ARROW = "M15 5l-7 7 7 7";

export type Around = ReturnType<typeof createAround>;

/** What the pages share: their words, the way between them, and what the token allows. */
function createAround(chat: Chat, kit: Kit) {
  const { core, session, state, messages } = chat;
  const { h } = kit;
  const texts = kit.words("visit", english);
  const frame = h("div", { class: "visit", keydown: pressed });
  let build: (() => Node[]) | undefined;
  let back: (() => void) | undefined;

  /** Escape leaves the page; only from the chat it closes the panel. */
  function pressed(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    back?.();
  }

  function leave(): void {
    build = undefined;
    frame.replaceChildren();
    state.page = false;
    chat.resume();
  }

  /** Covers the chat with a page; `before` is where its back button leads. */
  function show(title: string, body: () => Node[], before: () => void = leave): void {
    back = before;
    build = () => [
      h(
        "div",
        { class: "pagehead" },
        h("button", { type: "button", class: "round", "aria-label": texts.back, "data-test": "back", click: before }, core.icon(ARROW)),
        h("h3", { tabindex: -1 }, title),
      ),
      ...body(),
    ];
    const shown = frame.isConnected;
    if (shown) draw();
    state.page = true;
    chat.resume();
    if (shown) focus();
  }

  const draw = () => frame.replaceChildren(...(build?.() || []));
  const focus = () => (frame.querySelector<HTMLElement>("[autofocus]") || frame.querySelector("h3"))?.focus();

  return {
    chat,
    kit,
    texts,
    show,
    leave,
    allows: (scope: string) => (core.config.scopes || []).includes(scope),
    /** Something has been said that the server has. */
    begun: () => !!session.data && messages.list().some((item) => item.seq),
    /** Moves the session; answers what went wrong in words, nothing when it went well. */
    async move(id?: string): Promise<string> {
      // A message on its way belongs where it was written.
      if ((core.store.get<{ refused?: boolean }[]>("outbox") || []).some((letter) => !letter.refused)) return texts.unsent;
      try {
        await go(id);
        leave();
        return "";
      } catch (failure) {
        return wrong(failure as Failure);
      }
    },
    go,
    wrong,
    page(): Card {
      draw();
      return { element: frame, focus };
    },
  };

  /** Goes on in a new conversation, or in an earlier one. */
  async function go(conversation_id?: string): Promise<void> {
    const from = session.data?.conversation_id;
    await trade(chat, "/session/conversations", { conversation_id }, (answer) => {
      // Everything in the composer belongs to the conversation that is left.
      const drafts = { ...session.data?.drafts, [from!]: core.store.get<string>("draft") };
      session.keep({ drafts });
      session.take(answer.session);
      chat.composer.write(drafts[answer.session.conversation_id] || "");
    });
  }

  function wrong({ status, retryAfter }: Failure): string {
    if (status === 429) return kit.fill(texts.later, kit.inWords(retryAfter));
    return status === 403 || status === 404 ? texts.locked : texts.failed;
  }
}

export function start(chat: Chat, kit: Kit): Visit {
  const around = createAround(chat, kit);
  const { core, session, state, messages } = chat;
  const { texts, allows, begun } = around;
  kit.style(core, fields + notice + css);
  let shown = "";

  const fresh = async () => {
    const wrong = await around.move();
    if (wrong) {
      state.notice = wrong;
      chat.resume();
    }
  };

  const menu = createMenu(around, () => {
    const free = !state.dead && !chat.gated() && !chat.verifying();
    const some = free && begun();
    const support = some && allows("support");
    return [
      free && session.data && allows("history") && { key: "history", text: texts.earlier, run: () => historyPage(around) },
      some && { key: "fresh", text: texts.fresh, run: fresh },
      support && { key: "mail", text: texts.mail, run: () => mailPage(around) },
      some && { key: "download", text: texts.download, run: () => void download(around) },
      !chat.silent() && {
        key: "sound",
        text: texts.sound,
        checked: !chat.muted(),
        run() {
          core.store.set("muted", chat.muted() ? undefined : true);
          if (!chat.muted()) chat.sound ||= new AudioContext();
        },
      },
      support && !state.closed && { key: "end", text: texts.end, run: () => endPage(around) },
    ];
  });

  /** Nobody of the team will read this soon, and there is no way yet to answer outside of the chat. */
  const alone = () => {
    const { is_open, agents_online } = state.here;
    const newest = messages.list().at(-1);
    const waits = !!newest?.seq && newest.sender === "visitor";
    return allows("chat") && waits && !session.claims().email && (!is_open || agents_online === 0);
  };

  /** The team has asked who this is; a code is not sent to a tab that nobody looks at. */
  const proving = () => {
    const { email, phone } = session.claims();
    return state.asked && (email || phone) && (shown.startsWith("code") || document.visibilityState === "visible");
  };

  /** Shows the form for the code below the messages; the chat goes on beside it. */
  async function prove(place: HTMLElement, wanted: string): Promise<void> {
    try {
      const forms = await kit.use<Forms>(chat, "forms");
      if (shown !== wanted) return;
      place.replaceChildren(forms.code(() => (state.asked = false)).element);
      const log = place.parentElement;
      if (log) log.scrollTop = log.scrollHeight;
    } catch {
      // The next change of the chat tries again.
      shown = "";
    }
  }

  function cards(place: HTMLElement): void {
    const id = session.data?.conversation_id;
    const ready = state.loaded && !chat.gated() && !chat.verifying();
    const asked = shown === `alone ${id}` && (session.claims().email || place.contains(core.shadow.activeElement));
    const kind = !ready ? "" : state.closed ? "closed" : proving() ? "code" : alone() || asked ? "alone" : "";
    const wanted = kind && `${kind} ${id}`;
    if (wanted === shown) return;
    shown = wanted;
    const inside = place.contains(core.shadow.activeElement);
    place.replaceChildren(...(kind === "closed" ? [ratingCard(around, fresh)] : kind === "alone" ? [awayCard(around)] : []));
    if (kind === "code") void prove(place, wanted);
    const log = place.parentElement;
    if (log) log.scrollTop = log.scrollHeight;
    // The button that began another conversation goes with its card.
    if (inside) (touch() ? place.closest<HTMLElement>(".panel") : chat.composer.input)?.focus();
  }

  return { menu, page: around.page, cards };
}

