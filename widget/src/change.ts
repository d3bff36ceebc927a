import type { Body, Failure } from "./api";
import type { Chat } from "./chat";
import type { Claims } from "./types";

/** Remembers what the visitor has typed into a form. */
function claim({ session, core }: Chat, { auth_attr, ...said }: Claims): void {
  const { store, settings } = core;
  if (auth_attr) store.set("answers", { ...store.get<Body>("answers"), ...auth_attr });
  store.set("claims", { ...session.claims(), ...said });
  // The visitor corrects what the page has said.
  settings.user = { ...settings.user, ...said };
}

/** Tells the server what a visitor claims anew; without a session one is made. Keeps it once it is accepted. */
export async function change(chat: Chat, more: Claims): Promise<void> {
  const { session, core } = chat;
  if (!session.data) {
    claim(chat, more);
    return session.renew();
  }
  try {
    // Attributes are replaced as a whole.
    const auth_attr = more.auth_attr && { ...session.claims().auth_attr, ...more.auth_attr };
    const answer = await session.call("PATCH", "/session", { ...more, auth_attr } as Body);
    claim(chat, more);
    core.store.set("claims", session.claims());
    session.keep({ code_asked: undefined });
    session.take(answer.session);
  } catch (error) {
    // Somebody who joined a session can't change its address, but has one of their own.
    if ((error as Failure).status !== 403) throw error;
    claim(chat, more);
    await session.renew();
  }
}
