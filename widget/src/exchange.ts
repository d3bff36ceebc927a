import type { Answer, Body, Failure } from "./api";
import type { Chat } from "./chat";

/**
 * Work that gets a new session token in place of the old one and stores it. Until it is done every tab
 * holds its requests back; a tab that goes away in the middle leaves nobody waiting.
 */
export async function exchange(chat: Chat, work: () => Promise<void>): Promise<void> {
  const { store } = chat.core;
  const done = () => store.set("exchange", undefined);
  store.set("exchange", Date.now());
  addEventListener("pagehide", done);
  try {
    await work();
  } finally {
    removeEventListener("pagehide", done);
    done();
  }
}

/** A request that is answered with a new session token, which `take` stores. */
export async function trade(chat: Chat, path: string, body: Body, take: (answer: Answer) => void): Promise<void> {
  const { api, session } = chat;
  if (!session.data) await session.renew();
  const once = () => exchange(chat, async () => take(await api.call("POST", path, body, session.auth())));
  try {
    await once();
  } catch (error) {
    const failure = error as Failure;
    session.verificationAsked(failure);
    if (!failure.sessionEnded) throw failure;
    await session.renew();
    await once();
  }
}
