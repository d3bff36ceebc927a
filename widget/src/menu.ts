import type { Around } from "./parts/visit";

export interface Entry {
  key: string;
  text: string;
  /** A switch, and how it stands. */
  checked?: boolean;
  run(): void;
}

/** The header's menu: arrows, Home, End and first letters move, Escape goes back to the button. */
export function createMenu({ chat, kit, texts }: Around, entries: () => (Entry | false | undefined | null | "")[]) {
  const { h } = kit;
  let close: ((focus?: boolean) => void) | undefined;

  function open(button: HTMLElement): void {
    const outside = new AbortController();
    const items = entries()
      .filter((entry) => !!entry)
      .map((entry) =>
        h(
          "button",
          {
            type: "button",
            role: entry.checked === undefined ? "menuitem" : "menuitemcheckbox",
            "aria-checked": entry.checked === undefined ? undefined : `${entry.checked}`,
            tabindex: -1,
            "data-test": `menu-${entry.key}`,
            click() {
              close?.(true);
              entry.run();
            },
          },
          entry.text,
        ),
      );
    const list = h("div", { class: "menu", role: "menu", "aria-label": texts.menu, keydown: pressed, focusout: left }, ...items);
    close = (focus) => {
      close = undefined;
      outside.abort();
      // Before it goes: what has the focus and is removed would leave it nowhere.
      if (focus) button.focus();
      list.remove();
      button.setAttribute("aria-expanded", "false");
    };

    function pressed(event: KeyboardEvent): void {
      const { key } = event;
      const at = items.indexOf(chat.core.shadow.activeElement as HTMLButtonElement);
      if (key === "Escape") close?.(true);
      else if (key === "Tab") return close?.(true);
      else if (key === "ArrowDown" || key === "ArrowUp") items.at((at + (key === "ArrowDown" ? 1 : -1)) % items.length)?.focus();
      else if (key === "Home" || key === "End") items.at(key === "Home" ? 0 : -1)?.focus();
      else if (key.length === 1 && key !== " ") {
        const from = [...items.slice(at + 1), ...items];
        from.find((item) => item.textContent!.toLowerCase().startsWith(key.toLowerCase()))?.focus();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    }

    function left({ relatedTarget }: FocusEvent): void {
      if (relatedTarget && relatedTarget !== button && !list.contains(relatedTarget as Node)) close?.();
    }

    const pointed = (event: Event) => {
      const path = event.composedPath();
      if (!path.includes(list) && !path.includes(button)) close?.();
    };
    document.addEventListener("pointerdown", pointed, { capture: true, signal: outside.signal });
    button.parentElement!.append(list);
    button.setAttribute("aria-expanded", "true");
    items[0]?.focus();
  }

  return (button: HTMLElement): void => (close ? close(true) : open(button));
}
