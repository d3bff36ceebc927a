import { createApi, type Answer, type Failure } from "./api";
import { createLine } from "./line";
import { use } from "./lazy";
import { createMessages, type Attachment, type Message } from "./messages";
import { createOutbox } from "./outbox";
import { createSession } from "./session";
import type { Composer } from "./composer";
import type { Alerts } from "./parts/alerts";
import type { Files } from "./parts/files";
import type { Identity } from "./parts/identity";
import type { Work } from "./parts/work";
import type { Availability, Core } from "./types";

export type Chat = ReturnType<typeof createChat>;

type Data = Record<string, any>;

const PAGE = 50;
const TYPING_SHOWN = 6000;

/** The conversation as this browser knows it. `changed` is called after every change. */
export function createChat(core: Core, changed: () => void) {
  const api = createApi(core, (asked) => use<Work>(chat, "work").then((solve) => solve(asked)));
  const messages = createMessages();
  const features = core.config.features || {};
  const hours = core.config.business_hours || {};
  /** What the site's own server says about who is here, where it says anything. */
  const signed = async (made?: Answer): Promise<Answer> =>
    core.settings.identity_token && (made || session.data) ? (await use<Identity>(chat, "identity")).heed(made) : made;
  const session = createSession(core, api, changed, signed);

  const state = {
    /** Refused for good on this page. */
    dead: false,
    /** Whose session this is has to be found out first. */
    checking: false,
    /** What the server said about a form field, by field. */
    fields: {} as Record<string, string>,
    /** Something the visitor should know about sending, in words. */
    notice: "",
    closed: false,
    /** The team would like the visitor to prove their address. */
    asked: false,
    /** A page of the visit part covers the chat. */
    page: false,
    /** The panel is open; whether it is also seen depends on the tab. */
    open: false,
    loaded: false,
    earlier: false,
    /** False while a session's stream is away. */
    up: true,
    typing: false,
    agentRead: 0,
    /** The seq up to which somebody of the team was there to get the messages. */
    delivered: 0 as number | undefined,
    here: { is_open: hours.is_open !== false, next_change_at: hours.next_change_at } as Availability,
  };

  let ownRead = 0;
  let unread = 0;
  /** The seq up to which the stream has delivered; unknown before the first state. */
  let last: number | undefined;
  /** The token that the line was asked for with. */
  let asked: string | undefined;
  /** The newest message there was when the line last told how things stand. */
  let stateSeq = 0;
  /** The seq up to which no message is missing here, once the history is loaded. */
  let whole = 0;
  let typingTimer = 0;
  let streaming = "";
  let conversation: string | undefined;
  let loading: Promise<void> | undefined;

  const gated = () => Object.keys(state.fields).length > 0 || (!session.data && session.missing().length > 0);
  const verifying = () => !!session.data?.requires_verification;
  const ready = () => !state.dead && !state.checking && !gated() && !verifying();
  const seen = () => state.open && document.visibilityState === "visible";

  const explain = (failure: Failure) =>
    alerts((part) => {
      state.notice = part.explain(failure);
      changed();
    });

  const outbox = createOutbox(core, session, messages, {
    ready,
    changed: settle,
    tried(failure) {
      state.notice = "";
      // A line that is yet to begin tells of everything after what has been sent.
      if (!failure) last ??= messages.last();
      else if (failure.fields.email || failure.fields.phone) state.fields = failure.fields;
      else if (failure.status > 402) explain(failure);
    },
  });

  const line = createLine(core, api, {
    headers() {
      asked = session.data?.token;
      return { ...session.auth(), ...(last !== undefined && { "Last-Event-ID": `${last}` }) };
    },
    event,
    up(connected) {
      state.up = connected;
      if (connected) void outbox.flush();
      changed();
    },
    async ended(failure) {
      if (failure.refused && (await core.freshToken())) return true;
      session.verificationAsked(failure);
      if (await api.judge(failure)) return false;
      if (failure.status === 403) explain(failure);
      if (failure.sessionEnded) {
        // Another may have come in its place meanwhile.
        if (session.data?.token === asked) await session.renew().catch(() => undefined);
        settle();
      }
      return failure.passing || failure.sessionEnded;
    },
    snapshot: () => ({
      status: state.closed && "closed",
      verification_asked: state.asked,
      last_seq: last || 0,
      unread_count: unread,
      read: { visitor: ownRead, agent: state.agentRead },
      availability: state.here,
    }),
  });

  /** Brings line, history and view in step with the session. */
  function settle(): void {
    const { session_id, conversation_id } = session.data || {};
    const wanted = session_id && !verifying() && !state.dead && !state.checking ? `${session_id}.${conversation_id}` : "";
    if (conversation !== conversation_id) {
      if (conversation) renewed();
      conversation = conversation_id;
    }
    if (wanted !== streaming) {
      streaming = wanted;
      if (wanted) line.start(core.store.name(wanted));
      else line.stop();
      state.up = true;
    }
    if (wanted && state.open && !state.loaded) void load();
    changed();
  }

  function resume(): void {
    settle();
    void outbox.flush();
  }

  function kill(): void {
    state.dead = true;
    settle();
  }

  /** Another conversation than before: what is shown belongs to the old one. */
  function renewed(): void {
    messages.clear(false);
    state.loaded = state.earlier = state.closed = state.asked = false;
    // A page about somebody who has logged out must not stay.
    if (!session.data) state.page = false;
    state.delivered = state.agentRead = ownRead = stateSeq = whole = 0;
    last = undefined;
    count(0);
    // They were uploaded to the conversation that is left.
    chat.parts.files?.then((files: Files) => files.clear());
  }

  /** `fresh` says that somebody has just written. */
  function count(n: number, fresh?: boolean): void {
    unread = n;
    core.unread(n);
    if (n || chat.parts.alerts) alerts((part) => part.tell(fresh));
  }

  /** Alerts are a nicety: without their part, badge and marks have to do. */
  function alerts(then: (part: Alerts) => void): void {
    use<Alerts>(chat, "alerts").then(then, () => undefined);
  }

  function event(name: string, data: Data): void {
    if (name === "state" || name === "conversation") {
      state.closed = data.status === "closed";
      state.asked = data.verification_asked;
    }
    if (name === "state") {
      state.agentRead = data.read.agent;
      ownRead = data.read.visitor;
      state.here = data.availability;
      stateSeq = data.last_seq;
      last ??= stateSeq;
      // It may have come while the line was away.
      count(data.unread_count, state.open && data.unread_count > unread);
      void catchUp();
    } else if (name === "message") {
      arrived(data.message);
    } else if (name === "typing" && data.by === "agent" && features.typing_indicators) {
      agentTypes(data.typing);
    } else if (name === "read") {
      if (data.by === "agent") state.agentRead = Math.max(state.agentRead, data.up_to_seq);
      else {
        ownRead = Math.max(ownRead, data.up_to_seq);
        if (ownRead >= messages.last("agent")) count(0);
      }
    } else if (name === "availability") {
      state.here = data as Availability;
    }
    if (state.here.agents_online) state.delivered = last;
    changed();
  }

  function arrived(message: Message): void {
    const mine = message.sender.type === "visitor";
    /** An edit comes as a message again. */
    const fresh = message.seq > (last || 0);
    last = Math.max(last || 0, message.seq);
    if (whole >= stateSeq) whole = last;
    if (mine && message.client_id) outbox.arrived(message.client_id);
    messages.add(message);
    if (mine || !fresh) return count(unread);
    agentTypes(false);
    core.emit("message", { message });
    // Those that came while the line was away are counted in its state.
    const more = message.seq > stateSeq && message.sender.type === "agent" && !seen();
    count(unread + +more, more);
    markRead();
  }

  function agentTypes(on: boolean): void {
    clearTimeout(typingTimer);
    state.typing = on;
    if (on) {
      // The dots' looks come with the alerts.
      alerts(() => undefined);
      typingTimer = setTimeout(() => agentTypes(false), TYPING_SHOWN);
    }
    changed();
  }

  function markRead(): void {
    const upTo = messages.last();
    if (!seen() || !state.loaded) return;
    if (unread) count(0);
    if (messages.last("agent") <= ownRead) return;
    ownRead = upTo;
    session.call("POST", "/session/read", { up_to_seq: upTo }).catch(() => undefined);
  }

  async function take(query: string): Promise<Answer> {
    const answer = await session.call("GET", `/session/messages?limit=${PAGE}&${query}`);
    for (const message of answer.messages as Message[]) messages.add(message);
    return answer;
  }

  /** The newest page of the conversation; older ones follow when the visitor asks. */
  function load(): Promise<void> {
    return (loading ||= (async () => {
      try {
        const of = streaming;
        const answer = await take(`before_seq=${Number.MAX_SAFE_INTEGER}`);
        if (of !== streaming) return;
        state.loaded = true;
        state.earlier = !!answer.has_more;
        whole = answer.messages.at(-1)?.seq || 0;
        await catchUp();
      } catch {
        // The stream's next state, or opening again, asks once more.
      } finally {
        loading = undefined;
        changed();
      }
    })());
  }

  /** Fetches what came between the history and the line: a first connection replays nothing. */
  async function catchUp(): Promise<void> {
    try {
      while (state.loaded && whole < stateSeq) {
        const upTo = stateSeq;
        const answer = await take(`after_seq=${whole}`);
        whole = answer.has_more ? answer.messages.at(-1).seq : upTo;
        count(unread);
      }
      markRead();
    } catch {
      // The next state tells again that something is missing.
    }
    changed();
  }

  const silent = () => (core.settings.sound ?? core.config.widget_settings?.sound) === false;
  const muted = () => silent() || !!core.store.get("muted");

  const stored = (change: StorageEvent) => {
    if (change.key !== core.store.name("session")) return;
    session.reload();
    if (!session.data) messages.clear(true);
    settle();
  };
  const looked = () => {
    markRead();
    changed();
  };
  const gone = { signal: core.gone };
  addEventListener("storage", stored, gone);
  document.addEventListener("visibilitychange", looked, gone);
  core.gone.addEventListener("abort", () => {
    kill();
    void chat.sound?.close();
  });

  const chat = {
    api,
    core,
    /** The parts that have been asked for, by name. */
    parts: {} as Record<string, Promise<any> | undefined>,
    /** Set by the panel at once. */
    composer: {} as Composer,
    /** Where the messages are read from. */
    path: "/session/messages",
    sound: undefined as AudioContext | undefined,
    /** No sounds, by the site's word; `muted`: or by the visitor's. */
    silent,
    muted,
    unread: () => unread,
    /** The seq up to which the visitor has read. */
    read: () => ownRead,
    session,
    outbox,
    messages,
    state,
    features,
    gated,
    verifying,
    /** Goes on after the session or what is known of the visitor has changed. */
    resume,

    opened(): void {
      state.open = true;
      // Browsers let a page make sounds only after the visitor has done something.
      if (!muted() && navigator.userActivation?.hasBeenActive) chat.sound ||= new AudioContext();
      if (!session.data) {
        api.call("GET", "/availability").then(
          (answer) => event("availability", answer),
          () => undefined,
        );
      }
      resume();
      looked();
    },

    closed(): void {
      state.open = false;
    },

    send(text: string, files?: Attachment[]): void {
      state.notice = "";
      outbox.add(text, files);
      changed();
    },

    /** The visitor is writing, or has stopped. */
    typing(on: boolean): void {
      if (features.typing_indicators && session.data && !verifying()) alerts((part) => part.typing(on));
    },

    async loadEarlier(): Promise<void> {
      try {
        state.earlier = !!(await take(`before_seq=${messages.first()}`)).has_more;
      } catch {
        // The button stays and can be pressed again.
      }
      changed();
    },

    /** The page has said who the visitor is. */
    identify(): void {
      if (session.adopt()) messages.clear(true);
      state.checking = true;
      signed()
        .catch(() => undefined)
        .then(() => {
          state.checking = false;
          resume();
        });
    },

    logout(): void {
      void session.end();
      session.forget(true);
      messages.clear(true);
      settle();
    },

    kill,
  };
  return chat;
}
