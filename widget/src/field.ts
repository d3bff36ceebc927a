import type { Value } from "./dom";
import type { Kit } from "./lazy";

/** A labelled input, or another `tag`, with a place for what is wrong with it; `more` are that place's attributes. */
export function field(kit: Kit, label: string, attributes: Record<string, Value>, hint = "", more?: Record<string, Value>, tag = "input") {
  const { h, say } = kit;
  const id = `f${++kit.ids}`;
  const input = h(tag as "input", { id, "aria-describedby": `${id}h ${id}e`, ...attributes });
  const error = h("p", { id: `${id}e`, class: "wrong", hidden: true, ...more });
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id }, h("bdi", {}, label)),
    input,
    h("p", { id: `${id}h`, class: "hint", hidden: !hint }, hint),
    error,
  );
  return {
    element,
    input,
    /** Shows what is wrong, or that nothing is. */
    fault(text: string): boolean {
      say(error, text);
      input.setAttribute("aria-invalid", `${!!text}`);
      return !text;
    },
  };
}
