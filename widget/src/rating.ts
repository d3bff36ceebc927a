import type { Failure } from "./api";
import type { Around } from "./parts/visit";
import { download, mailPage } from "./transcript";

const FACES = ["😞", "🙁", "😐", "🙂", "😍"];

/** What is left to do when a conversation is closed: say how it was, take it along, start another. */
export function ratingCard(around: Around, fresh: () => void): HTMLElement {
  const { chat, kit, texts } = around;
  const { h, say } = kit;
  const { store } = chat.core;
  // A conversation that was reopened and closed again has more messages, and is asked about again.
  const closing = `${chat.session.data?.conversation_id}.${chat.messages.last()}`;
  const support = around.allows("support");

  const card = h("div", { class: "card ended", "data-test": "ended" });
  if (support && store.get("rated") !== closing) card.append(rating());
  card.append(
    h("button", { type: "button", class: "primary", "data-test": "fresh", click: fresh }, texts.freshLong),
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
              h("span", { class: "smiley", "aria-hidden": "true" }, FACES[i]),
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
        thanks.focus();
      } catch (failure) {
        say(error, around.wrong(failure as Failure));
      }
      busy = false;
    }

    return form;
  }
}
