// The site's signed word on who is here, asked only of sites that give it.
import type { Answer, Failure } from "../api";
import type { Chat } from "../chat";
import { exchange } from "../exchange";

export interface Identity {
  /**
   * Proves a session that has just been made and answers it with what changed; without one, holds the
   * session of an earlier page to the word: somebody else starts afresh. Rejects when the word is not taken.
   */
  heed(made?: Answer): Promise<Answer>;
}

/** Whom a token is about; the server decides whether to believe it. */
function subject(token: unknown): string {
  try {
    return String(JSON.parse(atob(String(token).split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub);
  } catch {
    return "";
  }
}

export function start(chat: Chat): Identity {
  const { api, core, session } = chat;

  async function token(): Promise<string> {
    const given = core.settings.identity_token;
    try {
      return `${typeof given === "function" ? await given() : given}`;
    } catch (error) {
      // The page's own mistake: it shall see it, and the chat goes on.
      console.error(error);
      return "";
    }
  }

  async function prove(made: Answer, given?: string): Promise<Answer> {
    const word = given ?? (await token());
    const { data } = session;
    const identified = subject(word);
    if (data?.identified === identified && data?.session_id === made.session_id) return made;
    try {
      const answer = await api.call("POST", "/session/identify", { identity_token: word }, { "X-Session-Token": made.session_token || data?.token });
      return { ...made, ...answer.session, session_token: answer.session_token, conversation_id: answer.conversation_id, identified };
    } catch (reason) {
      const { error, status } = reason as Failure;
      core.emit("error", { error, statusCode: status });
      throw reason;
    }
  }

  async function check(): Promise<void> {
    const word = await token();
    const { data } = session;
    if (!data) return;
    if (data.identified && data.identified !== subject(word)) {
      session.forget(false);
      chat.messages.clear(true);
    } else if (!data.identified) {
      const { session_id, conversation_id, requires_verification } = data;
      await exchange(chat, async () => session.take(await prove({ session_id, conversation_id, requires_verification }, word)));
    }
  }

  return { heed: (made) => (made ? prove(made) : check()) };
}
