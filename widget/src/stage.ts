import type { Chat } from "./chat";
import type { viewer } from "./languages/en.json";
import type { Kit } from "./lazy";
import type { Attachment } from "./messages";
import type { Shown } from "./parts/viewer";

interface Picture {
  /** The button in the log, to which the focus goes back. */
  opener: HTMLElement;
  shown: Shown;
}

const CROSS = "M6 6l12 12M18 6L6 18";
const DOWN = "M12 4v11M7 10l5 5 5-5M5 20h14";
const LEFT = "M15 5l-7 7 7 7";
const RIGHT = "M9 5l7 7-7 7";

/** A dialog over the page that shows one picture of several as large as it fits. */
export function createStage(chat: Chat, kit: Kit, texts: typeof viewer, fresh: (one: Shown) => Promise<Attachment>) {
  const { core } = chat;
  const { h, say, fill } = kit;
  let all: Picture[] = [];
  let at = 0;

  const button = (name: string, label: string, path: string, click: () => void) =>
    h("button", { type: "button", class: `round ${name}`, "aria-label": label, "data-test": `viewer-${name}`, click }, core.icon(path));
  const caption = h("bdi");
  const place = h("p", { class: "place", role: "status" });
  const image = h("img", { alt: "", referrerpolicy: "no-referrer" });
  const zoom = h("button", { type: "button", class: "zoom", "aria-pressed": "false", "data-test": "viewer-zoom", click: toggle }, image);
  const save = h("a", { class: "round", target: "_blank", rel: "noopener noreferrer nofollow", "data-test": "viewer-download" }, core.icon(DOWN));
  const before = button("previous", texts.previous, LEFT, () => go(-1));
  const after = button("next", texts.next, RIGHT, () => go(1));
  const dialog = h(
    "dialog",
    { class: "viewer", "aria-label": texts.viewer, "data-test": "viewer", keydown: pressed, close: closed, click: beside },
    h("div", { class: "bar" }, h("p", { class: "caption" }, caption), place, save, button("close", texts.close, CROSS, () => dialog.close())),
    h("div", { class: "scene" }, zoom),
    before,
    after,
  );
  // The page's shortcuts must not fire while its visitor looks at a picture of ours.
  for (const kind of ["keypress", "keyup"]) dialog.addEventListener(kind, (event) => event.stopPropagation());

  async function show(): Promise<void> {
    const shown = all[at].shown;
    zoomed(false);
    const { name, width, height } = shown.file;
    say(caption, name);
    say(place, all.length > 1 ? fill(fill(texts.place, at + 1), all.length) : "");
    before.hidden = after.hidden = all.length < 2;
    before.disabled = at === 0;
    after.disabled = at === all.length - 1;
    image.removeAttribute("src");
    image.width = width!;
    image.height = height!;
    zoom.setAttribute("aria-label", `${texts.zoom}: ${name}`);
    save.setAttribute("aria-label", fill(texts.download, name));
    const file = await fresh(shown);
    if (all[at]?.shown !== shown) return;
    image.src = file.url;
    save.href = `${file.url}&download=1`;
  }

  function go(by: number): void {
    if (!all[at + by]) return;
    at += by;
    // A button that is off loses the focus to nowhere.
    const there = core.shadow.activeElement;
    void show();
    if (there === before && before.disabled) after.focus();
    if (there === after && after.disabled) before.focus();
  }

  function zoomed(on: boolean): void {
    dialog.toggleAttribute("data-zoomed", on);
    zoom.setAttribute("aria-pressed", `${on}`);
  }

  function toggle(event: MouseEvent): void {
    const box = image.getBoundingClientRect();
    // A click by keyboard has no place: then the middle.
    const pointed = event.detail > 0;
    const x = pointed ? (event.clientX - box.left) / box.width : 0.5;
    const y = pointed ? (event.clientY - box.top) / box.height : 0.5;
    zoomed(!dialog.hasAttribute("data-zoomed"));
    const scene = zoom.parentElement!;
    scene.scrollTo(x * image.offsetWidth - scene.clientWidth / 2, y * image.offsetHeight - scene.clientHeight / 2);
  }

  function pressed(event: KeyboardEvent): void {
    event.stopPropagation();
    const rtl = getComputedStyle(core.root).direction === "rtl" ? -1 : 1;
    if (event.key === "Escape") dialog.close();
    else if (dialog.hasAttribute("data-zoomed")) return;
    else if (event.key === "ArrowLeft") go(-rtl);
    else if (event.key === "ArrowRight") go(rtl);
    else return;
    event.preventDefault();
  }

  /** A click beside the picture. */
  function beside(event: Event): void {
    const { target } = event;
    if (target === dialog || target === zoom.parentElement) dialog.close();
  }

  function closed(): void {
    const opener = all[at]?.opener;
    all = [];
    image.removeAttribute("src");
    dialog.remove();
    opener?.focus();
  }
  core.gone.addEventListener("abort", () => dialog.remove());

  return (pictures: Picture[], from: number): void => {
    all = pictures;
    at = from;
    core.root.append(dialog);
    dialog.showModal();
    void show();
  };
}
