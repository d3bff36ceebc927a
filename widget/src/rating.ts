import type { Failure } from "./api";
import type { Around } from "./parts/visit";
import { download, mailPage } from "./transcript";

const FACE = "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4M8.7 9.4v.6M15.3 9.4v.6";
const MOUTHS = ["M8 16.8q4-4.8 8 0M7.4 6.8l2.4 1M16.6 6.8l-2.4 1", "M8.4 15.9q3.6-2 7.2 0", "M8.6 15.2h6.8", "M8.4 14.4q3.6 2.6 7.2 0", "M7.8 13.6q4.2 5.6 8.4 0z"];

/** What is left to do when a conversation is closed: say how it was, take it along, start another. */
export function ratingCard(around: Around, fresh: () => void): HTMLElement {
  const { chat, kit, texts } = around;
  const { h, say } = kit;
  const { store } = chat.core;
  // A conversation that was reopened and closed again has more messages, and is asked about again.
  const closing = `${chat.session.data?.conversation_id}.${chat.messages.last()}`;
  const support = around.allows("support");

  const card = h("div", { class: "card ended", "data-test": "ended" });
  const next = h("button", { type: "button", class: "primary", "data-test": "fresh", click: fresh }, texts.freshLong);
  if (support && store.get("rated") !== closing) {
    card.append(rating());
    // One thing at a time is the first to do.
    next.className = "second";
  }
  card.append(
    next,
    h(
      "div",
      { class: "also" },
      ...(support ? [h("button", { type: "button", class: "quiet", "data-test": "mail", click: () => mailPage(around) }, texts.mail)] : []),
      h("button", { type: "button", class: "quiet", "data-test": "download", click: () => void download(around) }, texts.download),
    ),
  );
  return card;

  function rating(): HTMLElement {
    let score = 0;
    let busy = false;
    const comment = h("textarea", { id: "rate-comment", rows: 3, maxlength: 1000, "data-test": "rate-comment" });
    const error = kit.alertLine();
    const more = h(
      "div",
      { class: "field", hidden: true },
      h("label", { for: "rate-comment" }, texts.rateComment),
      comment,
      error,
      h("button", { class: "primary", "data-test": "rate-send" }, texts.rateSend),
    );
    const words = [texts.rate1, texts.rate2, texts.rate3, texts.rate4, texts.rate5];
    const form = h(
      "form",
      { class: "rating", "data-test": "rating", submit: send },
      h(
        "fieldset",
        {},
        h("legend", {}, texts.rateTitle),
        h(
          "div",
          { class: "faces" },
          ...words.map((word, i) =>
            h(
              "label",
              {},
              h("input", {
                type: "radio",
                name: "score",
                value: i + 1,
                "data-test": `rate-${i + 1}`,
                change() {
                  score = i + 1;
                  more.hidden = false;
                  const log = card.closest(".log");
                  if (log) log.scrollTop = log.scrollHeight;
                },
              }),
              chat.core.icon(FACE + MOUTHS[i]),
              h("span", {}, word),
            ),
          ),
        ),
      ),
      more,
    );

    async function send(event: Event): Promise<void> {
      event.preventDefault();
      if (busy || !score) return;
      busy = true;
      say(error, "");
      try {
        await chat.session.call("POST", "/session/rating", { score, comment: comment.value.trim() || null });
        store.set("rated", closing);
        const thanks = h("p", { class: "thanks", role: "status", tabindex: -1, "data-test": "rate-thanks" }, texts.rateThanks);
        form.replaceWith(thanks);
        next.className = "primary";
        thanks.focus();
      } catch (failure) {
        say(error, around.wrong(failure as Failure));
      }
      busy = false;
    }

    return form;
  }
}
