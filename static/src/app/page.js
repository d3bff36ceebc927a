// The console works without this file; it adds what HTML alone cannot do. It holds no state
// that the server does not hold too.
import { $ } from './dom.js'

const thread = () => $('#thread')

// Hints at what only this file does show when it runs.
document.documentElement.dataset.script = ''

// The server writes times in the reader's own zone, which only the browser knows.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
if (zone) document.cookie = `tz=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`

// Copy buttons: where the clipboard is not allowed (plain http), the text is selected instead.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]')
  if (!button) return
  const source = $(button.dataset.copy)
  const label = $('[data-label]', button)
  let said = button.dataset.copied
  try {
    await navigator.clipboard.writeText(source.textContent)
  } catch {
    getSelection().selectAllChildren(source)
    said = button.dataset.selected
  }
  const before = button.dataset.before ??= label.textContent
  label.textContent = said
  setTimeout(() => { label.textContent = before }, 2500)
})

// Tokens that show history or accept files get a short life proposed, until somebody chooses.
document.addEventListener('change', (event) => {
  const form = event.target.closest('[data-token-form]')
  if (!form) return
  if (event.target.name === 'expiry') form.dataset.chosen = 'true'
  if (event.target.name === 'scopes' && !form.dataset.chosen) {
    const sensitive = $('[data-sensitive]:checked', form)
    $(`[name=expiry][value="${sensitive ? '30' : '365'}"]`, form).checked = true
  }
  if (event.target.name === 'custom_days') $('[name=expiry][value=custom]', form).checked = true
})

document.addEventListener('input', (event) => {
  const { target } = event
  if (target.dataset.mirror) $(target.dataset.mirror).value = target.value
  if (target.form?.id === 'composer' && target.name === 'text') typing(target)
})

// Composer -------------------------------------------------------------------------------

const sendsOn = (event) => {
  const { target } = event
  if (target.name !== 'text' || target.form?.id !== 'composer') return false
  if (event.key !== 'Enter' || event.isComposing || event.shiftKey) return false
  // On phones Enter breaks the line, because there is no Shift+Enter there.
  return event.ctrlKey || event.metaKey || !matchMedia('(pointer: coarse)').matches
}
document.addEventListener('keydown', (event) => {
  if (!sendsOn(event)) return
  event.preventDefault()
  if (!event.repeat && (event.target.value.trim() || $('#chips [name=attachments]'))) event.target.form.requestSubmit()
})
// The key's own line break can arrive after the keydown was handled, in the emptied form.
document.addEventListener('keypress', (event) => {
  if (sendsOn(event)) event.preventDefault()
})

let typingSent = 0
function typing(field) {
  const { form } = field
  const now = Date.now()
  if (form.elements.private.value || !field.value.trim() || now - typingSent < 3000) return
  typingSent = now
  send(form.dataset.typing, { typing: 'true' })
}

function send(url, fields) {
  return fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers: { 'HX-Request': 'true' } }).catch(() => {})
}

// What was typed while a reply was on its way belongs to the next one.
let sent = null
document.addEventListener('htmx:before:request', (event) => {
  const { form } = sourceOf(event)?.elements?.text ?? {}
  if (form?.id === 'composer') sent = form.elements.text.value
})
document.addEventListener('htmx:after:swap', () => {
  for (const row of document.querySelectorAll('.conv')) {
    row.ariaCurrent = row.pathname === location.pathname ? 'page' : null
  }
  countUnread()
  markRead()
  showUnread()
  follow()
})

const sourceOf = (event) => event.detail?.ctx?.sourceElement

// Live updates ---------------------------------------------------------------------------

let typingShown = 0
document.addEventListener('htmx:before:swap', (event) => {
  const { tasks } = event.detail
  for (const task of tasks) {
    if (task.target?.id === 'typing') {
      // Whoever stopped without a word must not seem to type for ever.
      clearTimeout(typingShown)
      typingShown = setTimeout(() => $('#typing')?.replaceChildren(), 7000)
    }
    const first = task.fragment?.firstElementChild
    if (!first) continue
    const old = first.id && document.getElementById(first.id)
    if (old && task.target?.id === 'rows' && task.type === 'partial') {
      // A row that is already there moves to the top and keeps the keyboard focus.
      moveToTop(old)
      task.target = old
      task.swapSpec.style = 'outerMorph'
      task.swapSpec.strip = false
    } else if (old && task.target?.id === 'thread') {
      // The same message again, after a reconnect: renewed in place, never doubled.
      task.target = old
      task.swapSpec.style = 'outerMorph'
    } else if (task.target?.id === 'thread') {
      missed += first.matches('.entry')
    } else if (first.id === 'composer') {
      const field = $('#composer textarea')
      const fresh = $('textarea', first)
      if (fresh && !fresh.value && sent !== null && field.value.startsWith(sent)) {
        fresh.value = field.value.slice(sent.length)
      }
      sent = null
      typingSent = 0
      $('.scroller').scrollTop = 0
      setTimeout(() => $('#composer textarea')?.focus({ preventScroll: true }))
    }
  }
})

function moveToTop(row) {
  const rows = row.parentElement
  if (rows.firstElementChild === row) return
  if (rows.moveBefore) return rows.moveBefore(row, rows.firstElementChild)
  const focused = row.contains(document.activeElement) && document.activeElement
  rows.prepend(row)
  if (focused) focused.focus({ preventScroll: true })
}

// A thread opens where its reader has not been yet. Whoever reads further up is told what comes
// below and gets there by a button.
let missed = 0
function showUnread() {
  const line = $('#unread:not([data-shown])')
  if (!line) return
  line.dataset.shown = ''
  line.scrollIntoView({ block: 'nearest' })
}
function follow() {
  const button = $('#newest')
  if (!button) return
  // An earlier part of the conversation has its own way on.
  button.hidden = !!$('#newer') || $('.scroller').scrollTop > -120
  if (button.hidden) missed = 0
  $('span', button).textContent = missed ? `${missed} new` : 'Newest'
}
document.addEventListener('scroll', follow, true)
document.addEventListener('click', ({ target }) => {
  if (target.closest('#newest')) $('.scroller').scrollTop = 0
})
showUnread()

// A conversation opened at a message shows it; its address may come without the part that does so.
const sought = new URLSearchParams(location.search).get('m')
if (sought && !location.hash) {
  const entry = $(`.entry[data-seq="${Number(sought)}"]`)
  if (entry) location.replace('#' + entry.id)
}

let plainIcon
function countUnread() {
  const unread = Number($('#nav-unread')?.dataset.count ?? 0)
  document.title = (unread ? `(${unread}) ` : '') + document.title.replace(/^\(\d+\) /, '')
  const icon = $('link[rel=icon]')
  plainIcon ??= icon.href
  icon.href = unread ? plainIcon.replace(/%3C\/svg%3E$/, `%3Ccircle cx='24' cy='8' r='8' fill='%23e5484d'/%3E$&`) : plainIcon
}

// A message counts as read when its conversation is open in a tab somebody can see.
let readUpTo = 0
let readIn = ''
function markRead() {
  const open = thread()
  if (!open || document.hidden || $('#newer')) return
  const last = Number(open.lastElementChild?.dataset.seq ?? 0)
  if (readIn === open.dataset.read && last <= readUpTo) return
  const first = readIn !== open.dataset.read
  readIn = open.dataset.read
  readUpTo = last
  // The page that opened the conversation has already marked what it shows.
  if (!first || last > Number(open.dataset.seen)) send(readIn, { up_to_seq: last })
}
document.addEventListener('visibilitychange', markRead)
markRead()

// A stream whose login has ended must show the sign-in page rather than go silent.
document.addEventListener('end', (event) => {
  if (event.target.id === 'stream') location.reload()
})
document.addEventListener('htmx:sse:error', (event) => {
  if ([401, 403, 404].includes(event.detail.status)) location.reload()
})
// The extension reconnects a stream that was open once; the first attempt is ours to repeat.
document.addEventListener('htmx:error', (event) => {
  const stream = sourceOf(event)
  if (stream?.id !== 'stream') return
  setTimeout(() => {
    if (!stream.isConnected) return
    const again = stream.cloneNode()
    again.removeAttribute('data-htmx-powered')
    stream.replaceWith(again)
    htmx.process(again)
  }, 3000)
})

// A double click sends once, so that what is shown once stays in sight. What a menu offered was chosen, and what was
// typed for one conversation was taken.
document.addEventListener('submit', (event) => {
  const { target, timeStamp } = event
  if (timeStamp - target.sent < 999) event.preventDefault()
  target.sent = timeStamp
  if (target.dataset.close !== undefined) $('.menu:popover-open')?.hidePopover()
})
document.addEventListener('htmx:after:request', (event) => {
  const { sourceElement, response } = event.detail.ctx
  if (sourceElement?.dataset.clear !== undefined && response?.status < 300) sourceElement.reset()
})

// Side panel: on a wide screen it is always there, so it must not stay open as a sheet.
matchMedia('(min-width: 1200px)').addEventListener('change', () => {
  const side = $('#side')
  if (side?.matches(':popover-open')) side.hidePopover()
})
