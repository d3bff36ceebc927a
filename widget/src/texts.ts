import { panel } from "./languages/en.json";
import type { Core } from "./types";

/** Every text that the panel shows and the site's owner did not write; English until a language is spoken. */
export const texts: typeof panel = { ...panel };

/** The language that texts, dates and times are in. */
export let language = "en";

let spoken: Record<string, Record<string, string>> = {};

/** The words of one part of the widget in the visitor's language, English where one is missing. */
export const words = <T extends object>(part: string, english: T): T => ({ ...english, ...spoken[part] });

/** Puts a value into a text's gap. */
export const fill = (text: string, value: string | number): string => text.replace("{}", () => `${value}`);

/** Fetches the visitor's language; without it the widget goes on in English. */
export async function speak(core: Core): Promise<void> {
  const wanted = core.settings.locale || document.documentElement.lang || navigator.language;
  const known = Object.keys(LANGUAGES);
  const tag = [wanted, wanted.split("-")[0]].find((name) => known.includes(name));
  if (!tag) return;
  try {
    const response = await fetch(`${core.base}/widget/${LANGUAGES[tag]}`, { credentials: "omit" });
    spoken = await response.json();
    Object.assign(texts, spoken.panel);
    language = tag;
  } catch {
    // English is better than no chat.
  }
}
