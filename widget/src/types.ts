/** Who the visitor says to be. Claims stay claims until a code proves the address. */
export interface Claims {
  name?: string;
  email?: string;
  phone?: string;
  auth_attr?: Record<string, unknown>;
}

/** What the page may say about the widget; it wins over the server's configuration. */
export interface Settings {
  token?: string;
  position?: string;
  locale?: string;
  theme?: string;
  user?: Claims;
  hideLauncher?: boolean;
  zIndex?: number;
  sound?: boolean;
  /** Who is here, signed by the site's own server: a token, or a function that fetches a fresh one. */
  identity_token?: string | (() => string | Promise<string>);
}

export interface Availability {
  is_open: boolean;
  agents_online?: number;
  next_change_at?: string | null;
}

/** The answer of GET /config, as far as the widget reads it. */
export interface Config {
  /** What the launcher needs, worked out by the server. */
  launcher?: {
    language: string;
    rtl?: boolean;
    /** The file with the words of the language; English is built in. */
    words?: string;
    texts: { open: string; close: string; unread: string };
    icon: string;
    /** The fill, what is written on it, the brand's colour as text on light and on dark. */
    colours: string[];
    /** A pattern of the addresses without a launcher. */
    hidden_at?: string;
  };
  widget_settings?: {
    theme?: string;
    primary_color?: string;
    position?: string;
    greeting_message?: string;
    offline_message?: string;
    title?: string;
    team_name?: string;
    avatar_url?: string;
    launcher_icon?: string;
    launcher_text?: string;
    offset_x?: number;
    offset_y?: number;
    reply_time?: "minutes" | "hours" | "day";
    locale?: string;
    texts?: Record<string, string>;
    sound?: boolean;
  };
  /** What the token allows. */
  scopes?: string[];
  features?: { typing_indicators?: boolean; typing_preview?: boolean; read_receipts?: boolean; file_upload?: boolean; emoji_picker?: boolean };
  business_hours?: Partial<Availability>;
  requires_email?: boolean;
  requires_phone?: boolean;
  pre_chat?: { fields?: Question[] };
  hide?: { urls?: string[]; outside_hours?: boolean; phone?: boolean; desktop?: boolean };
}

/** What the team asks before the first message; name, email and phone are claims, all else attributes. */
export interface Question {
  key: string;
  label?: string;
  type: "text" | "email" | "phone" | "select" | "checkbox";
  required?: boolean;
  options?: string[];
}

export interface Store {
  get<T>(key: string): T | undefined;
  set(key: string, value: unknown): void;
  encode(value: unknown): string;
  /** The name under which a key lies in local storage, to recognise storage events. */
  name(key: string): string;
}

/** What the launcher hands to the panel. */
export interface Core {
  base: string;
  token: string;
  settings: Settings;
  config: Config;
  store: Store;
  /** A line icon from its path. */
  icon(path: string): SVGElement;
  /** Aborted when the panel goes, with the widget or for one in another language. */
  gone: AbortSignal;
  shadow: ShadowRoot;
  root: HTMLElement;
  /** The panel fills a page of its own: no launcher, no closing. */
  page: boolean;
  emit(name: string, detail: unknown): void;
  unread(count: number): void;
  open(): void;
  close(): void;
  /** Ends the chat on this page: the token or the domain is refused. */
  dead(error: string, status: number): void;
  /** Fetches a fresh token where the page offers one; false when there is none. */
  freshToken(): Promise<boolean>;
  /** After a failed request: true when the server is up but refuses this page. */
  refused(): Promise<boolean>;
}

/** What the launcher asks of the panel. */
export interface Panel {
  /** `quiet` leaves the focus where it is. */
  show(quiet?: boolean): void;
  hide(): void;
  send(text: string): void;
  prefill(text: string): void;
  identify(): void;
  logout(): void;
  unavailable(): void;
}
