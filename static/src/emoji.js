// The emoji grid of the composer: the widget's own, given what the console has in the widget's place.
const $ = (selector) => document.querySelector(selector)
const key = 'deskbell-emoji'

const chat = {
  core: {
    base: '',
    shadow: document,
    store: { get: () => JSON.parse(localStorage.getItem(key)), set: (_, list) => localStorage.setItem(key, JSON.stringify(list)) },
  },
  // Every message brings a new composer.
  composer: {
    get element() { return $('#composer') },
    get input() { return $('#text') },
  },
}

const kit = {
  h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === 'function') element.addEventListener(name, value)
      else if (value !== false) element.setAttribute(name, value === true ? '' : value)
    }
    element.append(...children)
    return element
  },
  say(element, text) {
    element.textContent = text
    element.hidden = !text
  },
  fill: (text, value) => text.replace('{}', value),
  words: (_, english) => english,
  style(_, css) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(`#composer{${css}.picker{--field:var(--line-2);--ink:var(--accent);--muted:var(--fg-3);button{padding:0;border:0;background:none;cursor:pointer}.line{padding:16px}}}`)
    document.adoptedStyleSheets.push(sheet)
  },
}

let tool
/** Opens the grid above the composer, or closes it. */
export async function open(button) {
  tool ??= (await import(button.dataset.part)).start(chat, kit)
  tool.open(button)
}
