import { panel } from "./languages/en.json";
import type { Core } from "./types";

/** Every text that the panel shows and the site's owner did not write; English until a language is spoken. */
export const texts: typeof panel = { ...panel };

/** The language that texts, dates and times are in, as the visitor's own country writes it. */
export let language: string;

type Words = Record<string, string>;

let spoken: Record<string, Words> = {};
/** The site owner's own texts, by dotted name. */
let own: Words = {};

/** The words of one part of the widget in the visitor's language, English where one is missing. */
export const words = <T extends object>(part: string, english: T): T => {
  const found = { ...english, ...spoken[part] } as Words;
  for (const name in found) found[name] = own[`${part}.${name}`] || found[name];
  return found as T;
};

/** Puts a value into a text's gap. */
export const fill = (text: string, value: string | number): string => text.replace("{}", () => `${value}`);

/** Fetches the visitor's language, as the server chose it; without it the widget goes on in English. */
export async function speak(core: Core): Promise<void> {
  const { launcher, widget_settings: { texts: given, team_name } = {} } = core.config;
  spoken = {};
  let spoke = "en";
  own = { ...(team_name && { "panel.team": team_name }), ...given };
  try {
    if (launcher?.words) {
      spoken = await (await fetch(`${core.base}/widget/${launcher.words}`, { credentials: "omit" })).json();
      spoke = launcher.language;
    }
  } catch {
    // English is better than no chat.
  }
  // An English browser knows whether 18:05 or 6:05 PM is the habit; for any other language it does not.
  language = navigator.languages.find((tag) => tag.split("-")[0] === spoke) || spoke;
  Object.assign(texts, words("panel", panel));
}
