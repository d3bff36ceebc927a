import type { Around } from "./parts/visit";
import type { Failure } from "./api";

/** Asks before the conversation is closed. */
export function endPage(around: Around): void {
  const { chat, kit, texts } = around;
  const { h, say } = kit;
  around.show(texts.endTitle, () => {
    const error = kit.alertLine();

    async function end(): Promise<void> {
      try {
        await chat.session.call("POST", "/session/close");
        chat.state.closed = true;
        around.leave();
      } catch (failure) {
        say(error, around.wrong(failure as Failure));
      }
    }

    return [
      h("p", { class: "hint" }, texts.endHint),
      error,
      h("button", { type: "button", class: "primary", "data-test": "end", click: () => void end() }, texts.end),
      h("button", { type: "button", class: "quiet", "data-test": "keep", click: around.leave }, texts.endNo),
    ];
  });
}
