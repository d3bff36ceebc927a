export interface Attachment {
  _id: string;
  name: string;
  /** In bytes. */
  size: number;
  content_type: string;
  /** Signed, good for an hour. */
  url: string;
  /** Pictures have all three, other files none. */
  thumbnail_url: string | null;
  width: number | null;
  height: number | null;
}

export interface Message {
  _id: string;
  seq: number;
  client_id: string | null;
  sender: { type: "visitor" | "agent" | "system"; _id: string | null; name: string | null };
  text: string;
  attachments: Attachment[];
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
}

export type State = "sending" | "failed" | "sent";

/** One line of the log: a stored message, or one still on its way. */
export interface Item {
  key: string;
  sender: Message["sender"]["type"];
  name: string;
  text: string;
  files: Attachment[];
  at: number;
  /** 0 until the server has stored it. */
  seq: number;
  /** When it was edited or removed last. */
  changed: string;
  removed: boolean;
  state: State;
}

/** The messages of a conversation in the server's order, each once, unsent ones last. */
export function createMessages() {
  const stored = new Map<number, Item>();
  let waiting: Item[] = [];

  return {
    /** Takes a message of the server, or what has become of it. */
    add(message: Message): void {
      const changed = message.deleted_at || message.edited_at || "";
      const old = stored.get(message.seq);
      // An answer that was long on its way must not undo a change.
      if (old && old.changed >= changed) return;
      const mine = message.sender.type === "visitor";
      const key = mine && message.client_id ? message.client_id : message._id;
      waiting = waiting.filter((item) => item.key !== key);
      stored.set(message.seq, {
        key,
        sender: message.sender.type,
        name: message.sender.name || "",
        text: message.text,
        files: message.attachments,
        at: Date.parse(message.created_at),
        seq: message.seq,
        state: "sent",
        changed,
        removed: !!message.deleted_at,
      });
    },

    /** Shows a message on its way, or its new state. */
    wait(key: string, text: string, files: Attachment[] = [], at: number, state: State): void {
      const item = waiting.find((other) => other.key === key);
      const echoed = [...stored.values()].some((other) => other.key === key);
      if (item) item.state = state;
      else if (!echoed) waiting.push({ key, sender: "visitor", name: "", text, files, at, seq: 0, state, changed: "", removed: false });
    },

    list: (): Item[] => [...[...stored.values()].sort((a, b) => a.seq - b.seq), ...waiting],
    first: (): number => Math.min(...stored.keys()),
    last: (sender?: Item["sender"]): number =>
      Math.max(0, ...[...stored.values()].filter((i) => !sender || i.sender === sender).map((i) => i.seq)),

    /** Forgets the stored messages, with `all` also those on their way. */
    clear(all: boolean): void {
      stored.clear();
      if (all) waiting = [];
    },
  };
}

export type Messages = ReturnType<typeof createMessages>;
