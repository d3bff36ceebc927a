import type { Failure } from "./api";
import type { Chat } from "./chat";
import type { Card } from "./dom";
import { forms } from "./languages/en.json";
import type { Kit } from "./lazy";

const VALID = 10 * 60 * 1000;

/** The step that proves the address: a code goes there and comes back here. */
export function createCodeStep(chat: Chat, kit: Kit): Card {
  const { field, fill, h, inWords, say } = kit;
  const texts = kit.words("forms", forms);
  const { session } = chat;
  const { email, phone } = session.claims();
  const to = email || phone || "";
  let sending = false;

  const lead = h("p", { class: "hint", role: "status" });
  const code = field(texts.code, {
    inputmode: "numeric", autocomplete: "one-time-code",
    class: "code", "data-test": "otp-input", input: typed,
  }, "", { "data-test": "otp-error", role: "alert" });
  const again = h("button", { type: "button", class: "quiet", "data-test": "otp-resend", click: () => void send() }, texts.codeAgain);

  const words = ({ error, retryAfter }: Failure): string =>
    ({
      "Too many OTP requests": fill(texts.codeTooMany, inWords(retryAfter)),
      "Too many failed attempts. Request new OTP.": texts.codeLocked,
      "OTP has expired": texts.codeExpired,
      "No contact method": texts.codeNowhere,
      "Invalid OTP code": texts.codeWrong,
    })[error] || texts.failed;

  async function send(): Promise<void> {
    if (sending) return;
    sending = true;
    code.fault("");
    say(lead, fill(texts.codeSending, to));
    try {
      await session.call("POST", "/otp/send");
      session.asked();
      say(lead, fill(texts.codeSent, to));
    } catch (failure) {
      say(lead, "");
      code.fault(words(failure as Failure));
    }
    sending = false;
  }

  async function check(): Promise<void> {
    // Not held up by a code on its way: the mail can be faster than the answer that it was sent.
    if (code.input.readOnly) return;
    code.input.readOnly = true;
    code.fault("");
    try {
      session.verified(await session.call("POST", "/otp/verify", { code: code.input.value }));
      chat.resume();
    } catch (failure) {
      code.fault(words(failure as Failure));
      code.input.value = "";
    }
    code.input.readOnly = false;
    code.input.focus();
  }

  /** A code is often copied with spaces or words around it. */
  function typed(): void {
    const digits = code.input.value.replace(/\D/g, "").slice(0, 6);
    if (digits !== code.input.value) code.input.value = digits;
    if (digits.length === 6) void check();
  }

  // After a reload the code of a moment ago still counts; asking again would use up the few there are.
  if (Date.now() - (session.data?.code_asked || 0) < VALID) say(lead, fill(texts.codeSent, to));
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
      again,
    ),
    focus: () => code.input.focus(),
  };
}
