export type Value = string | number | boolean | undefined | ((event: any) => void);

/** Builds an element; functions become listeners, everything else attributes. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : `${value}`);
  }
  element.append(...children);
  return element;
}

export const BELL = "M6 9.5a6 6 0 0 1 12 0c0 5.5 2 7 2 7H4s2-1.5 2-7M10 20a2.2 2.2 0 0 0 4 0";

/** A place for what went wrong, read out when it appears. */
export const alertLine = (attributes: Record<string, Value> = {}): HTMLElement =>
  h("p", { class: "wrong", role: "alert", hidden: true, ...attributes });

/** Writes a text only when it differs, so that live regions stay quiet. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}

/** Fingers, not a mouse: Enter breaks the line and focus must not raise the keyboard. */
export const touch = (): boolean => matchMedia("(pointer: coarse)").matches;

/** The layout in which the panel covers the whole screen. */
export const phone = (): boolean => matchMedia("(max-width: 600px)").matches;

export interface Card {
  element: HTMLElement;
  focus(): void;
}
