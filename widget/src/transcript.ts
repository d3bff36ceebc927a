import type { Answer, Failure } from "./api";
import { isEmail } from "./away";
import { change } from "./change";
import type { Message } from "./messages";
import { field } from "./field";
import type { Around } from "./parts/visit";
import type { Forms } from "./parts/forms";

/** Saves the conversation as a text file; what is not loaded yet is fetched first. */
export async function download(around: Around): Promise<void> {
  const { chat, kit, texts } = around;
  const messages = kit.createMessages();
  try {
    for (let before = Number.MAX_SAFE_INTEGER, more = true; more; before = messages.first()) {
      const answer: Answer = await chat.session.call("GET", `/session/messages?limit=100&before_seq=${before}`);
      for (const message of answer.messages as Message[]) messages.add(message);
      more = answer.has_more;
    }
  } catch (failure) {
    chat.state.notice = around.wrong(failure as Failure);
    return chat.resume();
  }
  const time = new Intl.DateTimeFormat(kit.language(), { dateStyle: "medium", timeStyle: "short" });
  const parts = messages.list().map((item) => {
    const name = item.sender === "visitor" ? texts.me : item.name || texts.team;
    const files = item.files.map((file) => `(${texts.file}: ${file.name})`);
    return [`${time.format(item.at)}  ${name}`, item.text, ...files].filter(Boolean).join("\n");
  });
  const today = new Date();
  const head = kit.fill(texts.transcript, new Intl.DateTimeFormat(kit.language(), { dateStyle: "long" }).format(messages.list()[0]?.at ?? today));
  const file = new Blob([[`${head}\n${location.host}`, ...parts].join("\n\n"), "\n"], { type: "text/plain;charset=utf-8" });
  const href = URL.createObjectURL(file);
  const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((n) => `${n}`.padStart(2, "0")).join("-");
  // Never part of the page, so that no router of the page sees the click.
  kit.h("a", { href, download: `chat-${day}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
}

/** Sends the conversation by mail, to an address that the visitor has proven. */
export function mailPage(around: Around): void {
  const { chat, kit, texts } = around;
  const { h, say, fill } = kit;
  const { session } = chat;
  around.show(texts.mailTitle, () => {
    const place = h("div", { class: "stack" });
    const email = field(kit, texts.email, { type: "email", autocomplete: "email", maxlength: 254, "data-test": "mail-email" });
    const error = kit.alertLine();
    const form = h(
      "form",
      { class: "stack", novalidate: true, submit: ask },
      h("p", { class: "hint" }, texts.mailHint),
      email.element,
      error,
      h("button", { class: "primary", "data-test": "mail-send" }, texts.mailSend),
    );
    email.input.value = session.claims().email || "";
    let busy = false;

    async function ask(event: Event): Promise<void> {
      event.preventDefault();
      const address = email.input.value.trim();
      if (!email.fault(isEmail(address) ? "" : texts.emailWrong)) return email.input.focus();
      if (busy) return;
      busy = true;
      say(error, "");
      try {
        if (address !== session.claims().email) await change(chat, { email: address });
        await send();
      } catch (failure) {
        say(error, around.wrong(failure as Failure));
      }
      busy = false;
    }

    /** Sends it now, or after the code that proves the address. */
    async function send(): Promise<void> {
      try {
        // Not by session.call: that an address is unproven must not lock the chat behind a code.
        await chat.api.call("POST", "/session/transcript", undefined, session.auth());
      } catch (failure) {
        if ((failure as Failure).error !== "Verification required") throw failure;
        return prove();
      }
      const sent = h("p", { role: "status", tabindex: -1, "data-test": "mail-sent" }, fill(texts.mailSent, session.claims().email || ""));
      place.replaceChildren(sent, h("button", { type: "button", class: "primary", click: around.leave }, texts.back));
      sent.focus();
    }

    async function prove(): Promise<void> {
      const forms = await kit.use<Forms>(chat, "forms");
      const of = session.data?.conversation_id;
      const card = forms.code(async () => {
        place.replaceChildren(form);
        try {
          // A proof leads to where the visitor was last; the transcript is of what was asked for.
          if (session.data?.conversation_id !== of && around.allows("history")) await around.go(of);
          await send();
        } catch (failure) {
          say(error, around.wrong(failure as Failure));
        }
      });
      place.replaceChildren(card.element);
      card.focus();
    }

    place.append(form);
    return [place];
  });
}
