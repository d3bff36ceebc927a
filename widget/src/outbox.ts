import type { Answer, Failure } from "./api";
import { now } from "./format";
import type { Attachment, Messages } from "./messages";
import type { Session } from "./session";
import { randomId } from "./storage";
import type { Core } from "./types";

interface Letter {
  client_id: string;
  text: string;
  /** Uploaded already. */
  files?: Attachment[];
  at: number;
  /** The server said no to this very message: only the visitor may try again. */
  refused?: boolean;
}

export interface OutboxHooks {
  /** False while a form or a code is asked for first, or the chat is over. */
  ready(): boolean;
  changed(): void;
  /** How the last try went. */
  tried(failure?: Failure): void;
}

/**
 * Sends messages one after the other and keeps them until the server has them,
 * across reloads too. A retry carries the same client_id, so nothing is stored twice.
 */
export function createOutbox(core: Core, session: Session, messages: Messages, hooks: OutboxHooks) {
  let busy = false;
  let timer = 0;
  let failures = 0;
  /** The server has asked for quiet until then. */
  let pauseUntil = 0;

  const all = () => core.store.get<Letter[]>("outbox") || [];
  const save = (letters: Letter[]) => core.store.set("outbox", letters.length ? letters : undefined);
  const amend = (id: string, more: Partial<Letter>) =>
    save(all().map((letter) => (letter.client_id === id ? { ...letter, ...more } : letter)));
  const show = (letter: Letter, state: "sending" | "failed") =>
    messages.wait(letter.client_id, letter.text, letter.files, letter.at, state);

  /** The server has it; the answer and the stream both say so, in either order. */
  const arrived = (id: string) => {
    const letters = all();
    const rest = letters.filter((letter) => letter.client_id !== id);
    if (rest.length < letters.length) save(rest);
  };

  function later(failure: Failure): void {
    const wait = failure.retryAfter * 1000 || Math.min(30000, 2000 * 2 ** failures++);
    if (failure.status === 429) pauseUntil = Date.now() + wait;
    timer = setTimeout(() => void flush(true), wait);
  }

  async function flush(now?: boolean): Promise<void> {
    if (busy || !hooks.ready() || (!now && Date.now() < pauseUntil)) return;
    clearTimeout(timer);
    busy = true;
    for (let letter; hooks.ready() && (letter = all().find((l) => !l.refused)); ) {
      show(letter, "sending");
      hooks.changed();
      try {
        const { client_id, text, files } = letter;
        const attachments = files?.map((file) => file._id);
        const answer: Answer = await session.call("POST", "/session/messages", { client_id, text, attachments });
        failures = 0;
        arrived(client_id);
        messages.add(answer.message);
        hooks.tried();
        core.emit("sent", { message: answer.message });
      } catch (error) {
        const failure = error as Failure;
        const unready = !hooks.ready() || failure.fields.email || failure.fields.phone;
        if (!unready) show(letter, "failed");
        hooks.tried(failure);
        if (failure.passing) later(failure);
        else if (!unready && !failure.refused && !failure.sessionEnded) {
          amend(letter.client_id, { refused: true });
          continue;
        }
        break;
      }
    }
    busy = false;
    hooks.changed();
  }

  // What was left unsent on an earlier page goes out now.
  for (const letter of all()) show(letter, letter.refused ? "failed" : "sending");

  addEventListener("online", () => void flush(), { signal: core.gone });

  return {
    flush,
    arrived,
    add(text: string, files?: Attachment[]): void {
      const letter = { client_id: randomId(), text, files, at: now() };
      save([...all(), letter]);
      show(letter, "sending");
      void flush();
    },
    retry(id: string): void {
      amend(id, { refused: undefined });
      void flush(true);
    },
  };
}

export type Outbox = ReturnType<typeof createOutbox>;
