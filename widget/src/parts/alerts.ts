// What draws the attention of the other side: of a visitor who looks elsewhere by a sound, the page's title and the
// message itself; of the team by telling that the visitor is writing.
import dots from "../alerts.css";
import notice from "../notice.css";
import preview from "../preview.css";
import type { Failure } from "../api";
import type { Chat } from "../chat";
import { alerts } from "../languages/en.json";
import type { Kit } from "../lazy";
import type { Message } from "../messages";
import { createPreview } from "../preview";
import { createTyping } from "../typing";

export interface Alerts {
  /** The messages or their count have changed; `fresh` says that somebody of the team has just written. */
  tell(fresh?: boolean): void;
  /** Why a message did not go out, in words; nothing when that need not be said. */
  explain(failure: Failure): string;
  /** The visitor is writing, or has stopped. */
  typing(on: boolean): void;
}

const BLINK = 1200;
const STROKE = 0.8;

export function start(chat: Chat, kit: Kit): Alerts {
  const texts = kit.words("alerts", alerts);
  kit.style(chat.core, dots + notice + preview);
  const show = createPreview(chat, kit, texts);
  let timer = 0;
  /** What we have put into the title, and what the page had there. */
  let mark = "";
  let own = "";

  /** One stroke of a small bell, in one of the tabs that have the chat. */
  function ring(): void {
    const { sound } = chat;
    if (sound?.state !== "running") return;
    const tone = sound.createOscillator();
    const gain = sound.createGain();
    const now = sound.currentTime;
    tone.frequency.value = 880;
    gain.gain.value = 0.08;
    gain.gain.setTargetAtTime(0, now, 0.12);
    tone.connect(gain).connect(sound.destination);
    tone.start();
    tone.stop(now + STROKE);
  }

  function ringOnce(): void {
    if (!navigator.locks) return ring();
    void navigator.locks.request(chat.core.store.name("bell"), { ifAvailable: true }, (lock) => {
      if (!lock) return;
      ring();
      return new Promise((done) => setTimeout(done, STROKE * 1000));
    });
  }

  // The text itself, not document.title, which leaves out its extra spaces.
  const read = () => document.querySelector("title")?.textContent ?? "";

  function blink(): void {
    if (document.visibilityState === "visible" || !chat.unread() || chat.muted()) return restore();
    const shown = read();
    // The page may change its title meanwhile: that is then the one to go back to.
    if (shown !== mark) own = shown;
    const next = kit.fill(texts.newMessage, chat.unread());
    document.title = shown === mark ? own : next;
    mark = next;
  }

  function restore(): void {
    clearInterval(timer);
    timer = 0;
    if (mark && read() === mark) document.title = own;
    mark = "";
  }

  /** The team does not want to hear from this visitor: what was said stays, and no more can be. */
  async function fallSilent(): Promise<void> {
    const { session, state, messages } = chat;
    try {
      if (session.data && !state.loaded) {
        const answer = await session.call("GET", `/session/messages?limit=50&before_seq=${Number.MAX_SAFE_INTEGER}`);
        for (const message of answer.messages as Message[]) messages.add(message);
      }
    } catch {
      // Then it is only said that there is no chat.
    }
    chat.kill();
  }

  document.addEventListener("visibilitychange", () => timer && blink(), { signal: chat.core.gone });
  chat.core.gone.addEventListener("abort", restore);

  return {
    typing: createTyping(chat),
    explain({ status, error, retryAfter }) {
      if (chat.verifying() || (status !== 403 && status !== 429)) return "";
      if (error === "This chat is not available") void fallSilent();
      if (status === 403) return texts.notAllowed;
      return kit.fill(error === "Too many sessions" ? texts.tooManyChats : texts.slowDown, kit.inWords(retryAfter));
    },
    tell(fresh) {
      void show();
      const hidden = document.visibilityState !== "visible";
      if (!fresh || chat.muted() || (chat.state.open && !hidden)) return;
      ringOnce();
      if (!hidden || timer) return;
      timer = setInterval(blink, BLINK);
      blink();
    },
  };
}
