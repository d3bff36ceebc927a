/** What the host page gives us. All of it may be hostile or clobbered by markup. */

/**
 * What a plain object says itself, or nothing: a form named like our global is not settings,
 * and what a page gives to every object is not about the visitor.
 */
export function plain(value: unknown): Record<string, unknown> {
  const proto = typeof value === "object" && value && Object.getPrototypeOf(value);
  return { __proto__: null, ...((proto === Object.prototype || proto === null) && (value as object)) };
}

/** A global that script has set; elements with that id or name do not count. */
export function ownGlobal(name: string): unknown {
  return Object.getOwnPropertyDescriptor(window, name)?.value;
}

type Handler = (detail: unknown) => void;

/** Events for the page, by handler and as `deskbell:<name>` on window. */
export function createEvents() {
  const handlers = new Map<string, Set<Handler>>();
  return {
    on(name: string, handler: Handler) {
      if (typeof handler !== "function") return;
      if (!handlers.has(name)) handlers.set(name, new Set());
      handlers.get(name)!.add(handler);
    },
    off(name: string, handler?: Handler) {
      if (handler) handlers.get(name)?.delete(handler);
      else handlers.delete(name);
    },
    emit(name: string, detail: unknown) {
      for (const handler of [...(handlers.get(name) || [])]) {
        try {
          handler(detail);
        } catch (error) {
          // The page's own mistake: it shall see it, and the chat goes on.
          console.error(error);
        }
      }
      window.dispatchEvent(new CustomEvent(`deskbell:${name}`, { detail }));
    },
  };
}
