// Keys of the console: what "?" lists, and the box that jumps anywhere.
import { $ } from './dom.js'

const all = (selector) => [...document.querySelectorAll(selector)]

// The row with the focus comes first: the next key may be quicker than the answer to the last.
const here = () => document.activeElement.closest('.conv-row') ?? $('.conv[aria-current]')?.parentElement

function step(by) {
  const rows = all('.conv-row')
  const at = rows.indexOf(here())
  const row = rows[at < 0 ? 0 : at + by]
  if (!row) return
  row.firstElementChild.focus()
  row.firstElementChild.click()
}

function write(kind) {
  $(kind)?.click()
  $('#text')?.focus()
}

function pick() {
  const row = here() ?? $('.conv-row')
  if (row) $('.tick', row).click()
}

// From the box clicked before to this one, all become what this one is.
let picked
document.addEventListener('click', ({ target, shiftKey }) => {
  const boxes = all('.tick')
  if (target.dataset?.all !== undefined) for (const box of boxes.slice(0, 200)) box.checked = true
  if (!target.matches?.('.tick')) return
  const ends = [boxes.indexOf(target), boxes.indexOf(picked)].sort((a, b) => a - b)
  if (shiftKey && ends[0] >= 0) for (const box of boxes.slice(ends[0], ends[1])) box.checked = target.checked
  picked = target
})

const deeds = {
  j: () => step(1),
  k: () => step(-1),
  x: pick,
  z: () => all('#pending button').pop()?.click(),
  e: () => $('#thread-head [name=status]')?.click(),
  r: () => write('#reply'),
  n: () => write('#private'),
  '/': () => $('#q') ? $('#q').focus() : location.assign('/search'),
  '?': () => $('#keys').showModal(),
}

document.addEventListener('keydown', (event) => {
  const { key, target } = event
  if (event.isComposing || event.defaultPrevented) return
  if ((event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey && key.toLowerCase() === 'k') {
    event.preventDefault()
    if (!$('dialog[open]')) jump()
    return
  }
  const typing = target.closest?.('input:not(.tick), textarea, select, [contenteditable]')
  // Right after sending, before anything new is written, taking back means the message.
  if (key === 'z' && (event.ctrlKey || event.metaKey) && target.id === 'text' && !target.value && $('#pending button')) {
    event.preventDefault()
    return deeds.z()
  }
  if (key === 'Escape' && typing && !target.closest('dialog, [popover]')) return target.blur()
  if (event.metaKey || event.ctrlKey || event.altKey || typing || event.repeat && !/[jk]/.test(key)) return
  if ($('dialog[open], :popover-open, .picker') || !Object.hasOwn(deeds, key) || !$('#keys')) return
  event.preventDefault()
  deeds[key]()
})

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-keys]')) $('#keys').showModal()
  // A click beside a dialog falls on the dialog itself.
  if (event.target.matches('.dialog')) event.target.close()
})

const field = () => $('#jump input')
const options = () => all('#jump [role=option]')
function jump() {
  if (!$('#jump')) return
  field().value = ''
  $('#jump').showModal()
  htmx.trigger(field(), 'look')
}

function choose(option) {
  for (const other of options()) other.ariaSelected = other === option
  field().setAttribute('aria-activedescendant', option?.id ?? '')
  option?.scrollIntoView({ block: 'nearest' })
}
document.addEventListener('keydown', (event) => {
  if (event.target !== field() || event.isComposing) return
  const list = options()
  const at = list.findIndex((option) => option.ariaSelected === 'true')
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (by) choose(list[(at + by + list.length) % list.length])
  else if (event.key === 'Enter') list[at]?.click()
  else return
  event.preventDefault()
})
document.addEventListener('htmx:after:swap', () => {
  if ($('#jump')?.open && !options().some((option) => option.ariaSelected === 'true')) choose(options()[0])
})
