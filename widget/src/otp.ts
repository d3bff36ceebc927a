import type { Failure } from "./api";
import type { Chat } from "./chat";
import type { Card } from "./dom";
import { trade } from "./exchange";
import { field } from "./field";
import { forms } from "./languages/en.json";
import type { Kit } from "./lazy";

const VALID = 10 * 60 * 1000;
/** A mail takes its time; asking again sooner would only use up the few codes there are. */
const PAUSE = 30 * 1000;

/** The step that proves the address: a code goes there and comes back here; `done` follows a right one. */
export function createCodeStep(chat: Chat, kit: Kit, done?: () => void): Card {
  const { fill, h, inWords, say } = kit;
  const texts = kit.words("forms", forms);
  const { session, state } = chat;
  const { email, phone } = session.claims();
  const to = email || phone || "";
  let sending = false;
  /** When a new code may be asked for. */
  let free = (session.data?.code_asked || 0) + PAUSE;

  const lead = h("p", { class: "hint", role: "status" });
  const code = field(kit, texts.code, {
    inputmode: "numeric", autocomplete: "one-time-code",
    class: "code", "data-test": "otp-input", input: typed,
  }, "", { "data-test": "otp-error", role: "alert" });
  const again = h("button", { type: "button", class: "quiet", "data-test": "otp-resend", click: () => void send() }, texts.codeAgain);
  const other = h("button", { type: "button", class: "quiet", "data-test": "otp-other", click: ask }, email ? texts.otherEmail : texts.otherPhone);

  const words = ({ error, retryAfter }: Failure): string =>
    ({
      "Too many OTP requests": fill(texts.codeTooMany, inWords(retryAfter)),
      "Too many failed attempts. Request new OTP.": texts.codeLocked,
      "OTP has expired": texts.codeExpired,
      "No contact method": texts.codeNowhere,
      "Invalid OTP code": texts.codeWrong,
    })[error] || texts.failed;

  /** The button says how long it takes until it works again. */
  function tick(): void {
    const left = Math.max(0, Math.ceil((free - Date.now()) / 1000));
    const clock = `${Math.floor(left / 60)}:${`${left % 60}`.padStart(2, "0")}`;
    say(again, left ? fill(texts.codeAgainIn, clock) : texts.codeAgain);
    again.setAttribute("aria-disabled", `${left > 0}`);
  }

  function count(): void {
    tick();
    const timer = setInterval(() => {
      if (!element.isConnected) return clearInterval(timer);
      tick();
    }, 1000);
  }

  async function send(): Promise<void> {
    if (sending || Date.now() < free) return;
    sending = true;
    code.fault("");
    say(lead, fill(texts.codeSending, to));
    try {
      await session.call("POST", "/otp/send");
      session.keep({ code_asked: Date.now() });
      free = Date.now() + PAUSE;
      say(lead, fill(texts.codeSent, to));
    } catch (failure) {
      free = Date.now() + (failure as Failure).retryAfter * 1000;
      say(lead, "");
      code.fault(words(failure as Failure));
    }
    sending = false;
    tick();
  }

  async function check(): Promise<void> {
    // Not held up by a code on its way: the mail can be faster than the answer that it was sent.
    if (code.input.readOnly) return;
    code.input.readOnly = true;
    code.fault("");
    try {
      await trade(chat, "/otp/verify", { code: code.input.value }, ({ session_token, conversation_id }) =>
        // The session goes on under a new token, maybe in an older conversation.
        session.keep({ token: session_token, conversation_id, requires_verification: false, code_asked: undefined }),
      );
      done?.();
      chat.resume();
    } catch (failure) {
      const said = words(failure as Failure);
      code.fault(said);
      code.input.value = "";
      // What is left to do must not have to wait.
      if (said === texts.codeLocked || said === texts.codeExpired) free = 0;
      tick();
    }
    code.input.readOnly = false;
    code.input.focus();
  }

  /** A code is often copied with spaces or words around it. */
  function typed(): void {
    const { value } = code.input;
    const digits = (/(?:\d[\s-]?){5}\d/.exec(value)?.[0] ?? value).replace(/\D/g, "").slice(0, 6);
    if (digits !== value) code.input.value = digits;
    if (digits.length === 6) void check();
  }

  /** Back to the form, for another address. */
  function ask(): void {
    state.fields = { [email ? "email" : "phone"]: "" };
    chat.resume();
  }

  const element = h(
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
    h("div", { class: "also" }, again, ...(done ? [] : [other])),
  );

  // After a reload the code of a moment ago still counts; asking again would use up the few there are.
  if (Date.now() - (session.data?.code_asked || 0) < VALID) say(lead, fill(texts.codeSent, to));
  else void send();
  queueMicrotask(count);

  return { element, focus: () => code.input.focus() };
}
