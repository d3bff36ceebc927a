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
  } catch {
    // Then there is none.
  }
  const name = (key: string) => prefix + key;
  return {
    name,
    encode,
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
      const text = value === undefined ? "" : encode(value);
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

/** JSON, also on pages with an old library whose toJSON makes something else of texts and lists. */
const encode = (value: unknown): string =>
  JSON.stringify(value, function (this: any, key, made) {
    const own = this[key];
    return typeof own === "object" && !Array.isArray(own) ? made : own;
  });

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
export const randomId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
