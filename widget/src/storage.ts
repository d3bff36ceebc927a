import type { Store } from "./types";

/**
 * Opens the widget's corner of local storage. Where the browser refuses storage
 * (sandboxed frames, blocked cookies) values live as long as the page.
 */
export function openStore(site: string): Store {
  const prefix = `deskbell:${site}:`;
  const memory = new Map<string, string>();
  let area: Storage | undefined;
  try {
    area = localStorage;
    area.setItem(prefix, "");
    area.removeItem(prefix);
  } catch {
    area = undefined;
  }
  const name = (key: string) => prefix + key;
  return {
    name,
    get(key) {
      try {
        const text = area ? area.getItem(name(key)) : memory.get(key);
        if (!text) return undefined;
        memory.set(key, text);
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    },
    set(key, value) {
      const text = value === undefined ? "" : JSON.stringify(value);
      memory.set(key, text);
      try {
        if (text) area?.setItem(name(key), text);
        else area?.removeItem(name(key));
      } catch {
        // A full storage: from here on the values live as long as the page.
        area = undefined;
      }
    },
  };
}

/** The site behind a support token, so that two tokens on one origin do not mix. */
export function siteOf(token: string): string {
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const claims = JSON.parse(atob(part));
    return String(claims.sub || claims.jti || token.slice(-16));
  } catch {
    return token.slice(-16);
  }
}

/** 128 random bits as hex. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) =>
    b.toString(16).padStart(2, "0"),
  ).join("");
}
