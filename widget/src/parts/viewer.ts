// Files in messages: pictures with a viewer, cards for all else, and fresh addresses before theirs end.
import css from "../viewer.css";
import { isPicture, sizeOf } from "../attachment";
import type { Failure } from "../api";
import type { Chat } from "../chat";
import { viewer as english } from "../languages/en.json";
import type { Kit } from "../lazy";
import type { Attachment, Item, Message } from "../messages";
import { createStage } from "../stage";

export interface Viewer {
  /** Fills a message's place with its files; `path` is where its conversation is read. */
  show(path: string, place: HTMLElement, item: Item): void;
}

/** Addresses are good for an hour. */
const FRESH = 50 * 60 * 1000;
const LOOK = 60 * 1000;
const QUIET = 30 * 1000;
const TRIES = 3;
/** The longest side of a picture among messages, in px. */
const SIDE = 240;

const PAPER = "M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7zM14 3v4h4M9 13h6M9 17h6";

/** A file on the screen. */
export interface Shown {
  file: Attachment;
  put(file: Attachment): void;
}

interface Place extends Shown {
  path: string;
  item: Item;
  element: HTMLElement;
  /** When its addresses were made, by this browser's clock. */
  made: number;
  /** How often its picture has failed to load. */
  failures: number;
}

export function start(chat: Chat, kit: Kit): Viewer {
  const { core, session, state } = chat;
  const { h } = kit;
  const texts = kit.words("viewer", english);
  kit.style(core, css);
  const places = new Map<string, Place>();
  const pictures = new Map<Element, Place>();
  const stage = createStage(chat, kit, texts, fresh);
  let renewing: Promise<void> | undefined;
  let quietUntil = 0;

  /** Reads the message again, with those after it: every answer makes new addresses. */
  function renew(place: Place): Promise<void> {
    return (renewing ||= (async () => {
      try {
        await new Promise((done) => setTimeout(done, quietUntil - Date.now()));
        const { key } = place.item;
        const seq = place.item.seq || chat.messages.list().find((item) => item.key === key)?.seq || 1;
        const answer = await session.call("GET", `${place.path}?after_seq=${seq - 1}&limit=50`);
        for (const message of answer.messages as Message[]) {
          for (const file of message.attachments) places.get(file._id)?.put(file);
        }
      } catch (failure) {
        quietUntil = Date.now() + ((failure as Failure).retryAfter * 1000 || QUIET);
      } finally {
        renewing = undefined;
      }
    })());
  }

  const old = (place: Place) => Date.now() - place.made > FRESH;

  /** The file with addresses that still work. */
  async function fresh(one: Shown): Promise<Attachment> {
    if (old(one as Place)) await renew(one as Place);
    return one.file;
  }

  const timer = setInterval(() => {
    if (!state.open || document.visibilityState !== "visible") return;
    for (const [id, place] of places) {
      if (!place.element.isConnected) places.delete(id);
      else if (old(place)) return void renew(place);
    }
  }, LOOK);
  core.gone.addEventListener("abort", () => clearInterval(timer));

  function build(path: string, item: Item, file: Attachment): HTMLElement {
    let image: HTMLImageElement | undefined;
    const card = h(
      "a",
      { class: "card-file", href: file.url, target: "_blank", rel: "noopener noreferrer nofollow", "data-test": "file-card", click: follow },
      core.icon(PAPER),
      h("span", {}, h("span", { class: "filename" }, h("bdi", {}, file.name)), h("span", { class: "about" }, sizeOf(file.size, kit.language()))),
    );
    const place: Place = {
      path,
      item,
      file,
      // A message that waited to be sent may have waited long.
      made: item.seq ? Date.now() : item.at,
      failures: 0,
      element: card,
      put(next) {
        place.file = next;
        place.made = Date.now();
        if (image) image.src = next.thumbnail_url!;
        else card.href = next.url;
      },
    };
    places.set(file._id, place);

    async function follow(event: Event): Promise<void> {
      if (!old(place)) return;
      event.preventDefault();
      await renew(place);
      // With the old address, if there is no other, the server says what is wrong.
      place.made = Date.now();
      card.click();
    }
    if (!isPicture(file)) return card;

    const scale = Math.min(1, SIDE / file.width!, SIDE / file.height!);
    image = h("img", {
      src: file.thumbnail_url!,
      alt: "",
      width: Math.round(file.width! * scale),
      height: Math.round(file.height! * scale),
      loading: "lazy",
      decoding: "async",
      referrerpolicy: "no-referrer",
      load: () => (place.failures = 0),
      error: () => void broken(),
    });
    const button = h(
      "button",
      { type: "button", class: "picture", "aria-haspopup": "dialog", "aria-label": kit.fill(texts.picture, file.name), "data-test": "picture", click: look },
      image,
    );
    pictures.set(button, place);
    place.element = button;
    async function broken(): Promise<void> {
      if (++place.failures > TRIES) {
        image = undefined;
        card.href = place.file.url;
        place.element = card;
        pictures.delete(button);
        button.replaceWith(card);
        return;
      }
      const { url } = place.file;
      await renew(place);
      if (place.file.url === url) void broken();
    }
    function look(): void {
      const all = [...button.closest(".log")!.querySelectorAll<HTMLElement>(".picture")];
      stage(all.map((opener) => ({ opener, shown: pictures.get(opener)! })), all.indexOf(button));
    }
    return button;
  }

  return {
    show(path, place, item) {
      const log = place.closest(".log");
      const fromBottom = log ? log.scrollHeight - log.scrollTop : 0;
      const pinned = log && fromBottom - log.clientHeight < 90;
      const above = log && place.getBoundingClientRect().bottom <= log.getBoundingClientRect().top;
      place.toggleAttribute("data-many", item.files.filter(isPicture).length > 1);
      place.replaceChildren(...item.files.map((file) => build(path, item, file)));
      // What is being read stays where it is.
      if (pinned || above) log.scrollTop = log.scrollHeight - fromBottom;
    },
  };
}
