import type { Answer, Body, Failure } from "./api";
import type { Chat } from "./chat";

/**
 * Work that gets a new session token in place of the old one and stores it. It begins when the requests on their
 * way are back, and until it is done every tab holds its others; a tab that goes away in the middle leaves nobody waiting.
 */
export function exchange(chat: Chat, work: () => Promise<void>): Promise<void> {
  const { store } = chat.core;
  const done = () => {
    removeEventListener("pagehide", done);
    store.set("exchange", undefined);
  };
  store.set("exchange", Date.now());
  addEventListener("pagehide", done);
  return chat.session.after(work).finally(done);
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
