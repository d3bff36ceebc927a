import type { Body, Failure } from "./api";
import type { Chat } from "./chat";
import type { Claims } from "./types";

/** Tells the server what a visitor claims anew; without a session one is made. Keeps it once it is accepted. */
export async function change({ session, core }: Chat, more: Claims): Promise<void> {
  if (!session.data) {
    session.claim(more);
    return session.renew();
  }
  try {
    // Attributes are replaced as a whole.
    const auth_attr = more.auth_attr && { ...session.claims().auth_attr, ...more.auth_attr };
    const answer = await session.call("PATCH", "/session", { ...more, auth_attr } as Body);
    session.claim(more);
    core.store.set("claims", session.claims());
    session.keep({ code_asked: undefined });
    session.take(answer.session);
  } catch (error) {
    // Somebody who joined a session can't change its address, but has one of their own.
    if ((error as Failure).status !== 403) throw error;
    session.claim(more);
    await session.renew();
  }
}
