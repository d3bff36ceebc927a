import type { Failure } from "./api";
import type { Chat } from "./chat";
import { alertLine, field, h, say, type Card } from "./dom";
import { inWords } from "./format";
import { texts } from "./texts";

const VALID = 10 * 60 * 1000;

/** The step that proves the address: a code goes there and comes back here. */
export function createCodeStep(chat: Chat): Card {
  const { session } = chat;
  const { email, phone } = session.claims();
  const to = email || phone || "";
  let busy = false;

  const lead = h("p", { class: "hint", role: "status" });
  const code = field(texts.code, {
    inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6,
    class: "code", "data-test": "otp-input", input: typed, paste: pasted,
  });
  const error = alertLine({ "data-test": "otp-error" });
  const again = h("button", { type: "button", class: "quiet", "data-test": "otp-resend", click: () => void send() }, texts.codeAgain);

  const wrong = (text: string) => {
    say(error, text);
    code.input.toggleAttribute("aria-invalid", !!text);
  };

  function words(failure: Failure): string {
    if (/too many otp/i.test(failure.error)) return texts.codeTooMany(inWords(failure.retryAfter));
    if (/too many failed/i.test(failure.error)) return texts.codeLocked;
    if (/expired/i.test(failure.error)) return texts.codeExpired;
    if (/no contact/i.test(failure.error)) return texts.codeNowhere;
    if (/invalid otp/i.test(failure.error)) return texts.codeWrong;
    return texts.failed;
  }

  async function send(): Promise<void> {
    if (busy) return;
    busy = again.disabled = true;
    wrong("");
    say(lead, texts.codeSending(to));
    try {
      await session.call("POST", "/otp/send");
      session.asked();
      say(lead, texts.codeSent(to));
    } catch (failure) {
      say(lead, "");
      wrong(words(failure as Failure));
    }
    busy = again.disabled = false;
  }

  async function check(): Promise<void> {
    if (busy) return;
    busy = code.input.readOnly = true;
    wrong("");
    try {
      session.verified(await session.call("POST", "/otp/verify", { code: code.input.value }));
      chat.settle();
      void chat.outbox.flush();
    } catch (failure) {
      wrong(words(failure as Failure));
      code.input.value = "";
    }
    busy = code.input.readOnly = false;
    code.input.focus();
  }

  function typed(): void {
    const digits = code.input.value.replace(/\D/g, "");
    if (digits !== code.input.value) code.input.value = digits;
    if (digits.length === 6) void check();
  }

  /** A code is often copied with spaces, which maxlength would cut. */
  function pasted(event: ClipboardEvent): void {
    event.preventDefault();
    code.input.value = (event.clipboardData?.getData("text") || "").replace(/\D/g, "").slice(0, 6);
    typed();
  }

  // After a reload the code of a moment ago still counts; asking again would use up the few there are.
  if (Date.now() - (session.data?.code_asked || 0) < VALID) say(lead, texts.codeSent(to));
  else void send();

  return {
    element: h(
      "form",
      {
        class: "card",
        novalidate: true,
        submit(event: Event) {
          event.preventDefault();
          if (code.input.value.length === 6) void check();
        },
      },
      h("h3", {}, texts.codeTitle),
      lead,
      code.element,
      error,
      again,
    ),
    focus: () => code.input.focus(),
  };
}
