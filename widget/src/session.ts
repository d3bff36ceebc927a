import { Failure, type Answer, type Api, type Body } from "./api";
import type { Claims, Core } from "./types";

/** What the browser remembers of its session. The token is the only secret in it. */
export interface Stored {
  token: string;
  session_id: string;
  conversation_id: string;
  requires_verification: boolean;
  /** When the last code was asked for, in ms since 1970. */
  code_asked?: number;
  /** Whom the site's own server has named. */
  identified?: string;
  /** What was being written in the conversations that were left. */
  drafts?: Record<string, string | undefined>;
}

export type Session = ReturnType<typeof createSession>;

const ignore = () => undefined;

/** The longest that the exchange of a token may take, in ms: the tab that began it may be gone. */
const EXCHANGE = 10000;

const CLAIMS = ["name", "email", "phone", "auth_attr"] as const;

const same = (a: unknown, b: unknown) => `${a}`.trim().toLowerCase() === `${b}`.trim().toLowerCase();

/** The visitor's session: made when first needed, renewed when it has ended. */
export function createSession(core: Core, api: Api, changed: () => void, proven: (made: Answer) => Promise<Answer>) {
  const { store } = core;
  let data = store.get<Stored>("session");
  let making: Promise<void> | undefined;

  /** Remembers more of the session, or forgets it. */
  const keep = (more?: Partial<Stored>) => {
    data = more && ({ ...data, ...more } as Stored);
    store.set("session", data);
    changed();
  };

  /** The claims the page makes, over those the visitor has typed. */
  function claims(): Claims {
    const merged: Body = { ...store.get<Claims>("claims") };
    const user = core.settings.user || {};
    for (const key of CLAIMS) if (user[key]) merged[key] = key === "auth_attr" ? user[key] : `${user[key]}`;
    // What the page says of its user must not wipe out what the user has told us.
    const answers = store.get<Body>("answers");
    if (answers) merged.auth_attr = { ...answers, ...(merged.auth_attr as Body) };
    return merged;
  }

  /** What the team wants to know and nobody has said. */
  const missing = (): string[] => {
    const known: Body = { __proto__: null, ...claims().auth_attr, ...claims() };
    return [
      ...(["email", "phone"] as const).filter((key) => core.config[`requires_${key}`] && !known[key]),
      ...(core.config.pre_chat?.fields || []).map((field) => field.key).filter((key) => !(key in known)),
    ];
  };

  const auth = (): Record<string, string> => (data ? { "X-Session-Token": data.token } : {});

  /** Takes what the store has, once no tab exchanges the token: under the old one a request would be refused. */
  async function settled(): Promise<void> {
    while (Date.now() - store.get<number>("exchange")! < EXCHANGE) await new Promise((done) => setTimeout(done, 50));
    data = store.get("session");
  }

  /**
   * Requests share the token; who exchanges it waits for those on their way, in every tab. A tab that sleeps
   * meanwhile is not waited for, and a browser without locks waits for nobody.
   */
  function after<T>(work: () => Promise<T>, mode?: LockMode): Promise<T> {
    let begun: Promise<T> | undefined;
    const begin = () => (begun ||= work());
    return navigator.locks?.request(store.name("exchange"), { mode, signal: AbortSignal.timeout(20000) }, begin).catch(begin) ?? begin();
  }

  async function make(): Promise<void> {
    const used = data?.token;
    await settled();
    // Another tab has put a token in the place of ours.
    if (used && data && data.token !== used) return changed();
    const given = claims();
    const begin = (more?: Record<string, string>) => api.call("POST", "/session", given as Body, more);
    const answer = await begin(auth()).catch((failure: Failure) => {
      if (failure.sessionEnded) return begin();
      throw failure;
    });
    const made = await proven(answer.session);
    store.set("claims", given);
    take(made);
  }

  /** The session as the server describes it. */
  function take(s: Answer): void {
    keep({
      ...(s.session_token && { token: s.session_token }),
      session_id: s.session_id,
      conversation_id: s.conversation_id,
      requires_verification: !!s.requires_verification,
      ...(data?.session_id !== s.session_id && { code_asked: undefined, identified: undefined }),
      ...(s.identified && { identified: s.identified }),
    });
    core.emit("session", { session_id: s.session_id, conversation_id: s.conversation_id });
  }

  /** Makes a session, or a new one in place of one that has ended. */
  const renew = (): Promise<void> => (making ||= make().finally(() => (making = undefined)));

  async function call(method: string, path: string, body?: Body): Promise<Answer> {
    await settled();
    if (!data) await renew();
    const used = data!.token;
    const ask = () => after(() => api.call(method, path, body, auth()), "shared");
    return ask().catch(async (failure: Failure) => {
      verificationAsked(failure);
      if (!failure.sessionEnded) throw failure;
      if (data?.token === used) await renew();
      return ask();
    });
  }

  function verificationAsked(failure: Failure): void {
    if (failure.error === "Verification required" && data) keep({ requires_verification: true });
  }

  /** Forgets everything about the visitor; `all` also the device itself. */
  function forget(all: boolean): void {
    for (const key of ["claims", "answers", "outbox", "draft", "files", ...(all ? ["device"] : [])]) store.set(key, undefined);
    keep();
  }

  return {
    get data() {
      return data;
    },
    claims,
    missing,
    call,
    after,
    renew,
    auth,
    forget,
    keep,
    take,
    verificationAsked,

    /** Takes what another tab has stored. */
    reload() {
      data = store.get<Stored>("session");
      changed();
    },

    /**
     * Follows the page's word on who is here. Somebody else than before starts
     * afresh: their chat must not show to this one. Answers whether that happened.
     */
    adopt(): boolean {
      const user = core.settings.user || {};
      const known = store.get<Claims>("claims") || {};
      if (!data) return false;
      const other = (key: "email" | "phone") => !!user[key] && !!known[key] && !same(user[key], known[key]);
      if (other("email") || (!user.email && other("phone"))) {
        forget(false);
        return true;
      }
      const given = claims();
      const news = CLAIMS.filter((key) => JSON.stringify(given[key]) !== JSON.stringify(known[key]));
      // Asking for the session again updates name and attributes; a first address joins the running chat.
      if (news.some((key) => key === "email" || key === "phone")) {
        void call("PATCH", "/session", given as Body).then(() => store.set("claims", given), ignore);
      } else if (news.length) renew().catch(ignore);
      return false;
    },

    async end() {
      if (data) await api.call("DELETE", "/session", undefined, auth()).catch(ignore);
    },
  };
}
