import { h } from "./dom";
import { language } from "./texts";

// Made when first used in a language.
const once = <T>(make: () => T): (() => T) => {
  let made: T;
  let of: string;
  return () => (of === language ? made : ((of = language), (made = make())));
};
const relative = once(() => new Intl.RelativeTimeFormat(language, { numeric: "auto" }));
const fullDay = once(() => new Intl.DateTimeFormat(language, { dateStyle: "full" }));
const weekday = once(() => new Intl.DateTimeFormat(language, { weekday: "long" }));
const clock = once(() => new Intl.DateTimeFormat(language, { timeStyle: "short" }));

let ahead = 0;

/** Takes the server's clock for the right one: that of a visitor may be a day off. */
export function setClock(date: string | null): void {
  if (date) ahead = Date.now() - Date.parse(date);
}

/** The time in ms since 1970. */
export const now = (): number => Date.now() - ahead;

const daysUntil = (at: number) => Math.round((new Date(at).setHours(12) - new Date(now()).setHours(12)) / 86400000);

/** When to try again, in words, from a wait in seconds. */
export function inWords(seconds: number): string {
  if (seconds < 90) return relative().format(Math.ceil(seconds), "second");
  if (seconds < 5400) return relative().format(Math.ceil(seconds / 60), "minute");
  return relative().format(Math.ceil(seconds / 3600), "hour");
}

export const timeOf = (at: number): string => clock().format(at);

export function dayOf(at: number): string {
  const days = daysUntil(at);
  return days < -1 || days > 0 ? fullDay().format(at) : relative().format(days, "day").replace(/^./, (c) => c.toUpperCase());
}

/** A moment in the future, as short as it stays clear. */
export function soon(at: number): string {
  const days = daysUntil(at);
  if (days > 6) return fullDay().format(at);
  return `${days > 1 ? weekday().format(at) : relative().format(days, "day")}, ${timeOf(at)}`;
}

const LINK = /(?:https?:\/\/|mailto:)[^\s<>"'`]+/gi;

/** A link that leads out of the chat. */
export const link = (href: string, text: string): Node =>
  h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, text);

/** A message's text as nodes; only web and mail addresses become links. */
export function linkify(text: string): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    // A full stop or a bracket after an address belongs to the sentence.
    const address = match[0].replace(/[.,;:!?)\]}]+$/, "");
    nodes.push(text.slice(from, match.index), link(address, address));
    from = match.index! + address.length;
  }
  return [...nodes, text.slice(from)];
}
