// The composer: canned replies by /shortcut, and telling colleagues that this conversation is in sight.
import { $ } from './dom.js'

const text = () => $('#text')

document.addEventListener('input', ({ target }) => {
  const canned = $('#canned')
  if (!canned || target.id !== 'text') return
  if (/^\/\S*$/.test(target.value)) canned.dispatchEvent(new Event('asked'))
  else canned.replaceChildren()
})
document.addEventListener('click', ({ target }) => {
  const chosen = target.closest?.('[data-insert]')
  if (!chosen) return
  const field = text()
  field.value = chosen.dataset.insert
  field.focus()
  field.dispatchEvent(new Event('input', { bubbles: true }))
})
document.addEventListener('click', async ({ target }) => {
  const button = target.closest?.('[data-picker]')
  if (!button) return
  try {
    const { open } = await import(button.dataset.picker)
    await open(button)
  } catch {
    $('#upload-error').textContent = 'The emoji could not be loaded, please try again.'
  }
})
// Before the composer's own keys: what is chosen from the list must not send.
document.addEventListener('keydown', (event) => {
  const list = [...document.querySelectorAll('#canned button')]
  if (!list.length || (event.target.id !== 'text' && !event.target.closest('#canned'))) return
  const at = list.indexOf(event.target)
  const go = { ArrowDown: list[at + 1] ?? list[0], ArrowUp: at > 0 ? list[at - 1] : text() }[event.key]
  if (go) go.focus()
  else if (event.key === 'Escape') { $('#canned').replaceChildren(); text().focus() }
  else if (at < 0 && (event.key === 'Enter' || event.key === 'Tab')) list[0].click()
  else return
  event.preventDefault()
  event.stopImmediatePropagation()
}, true)

setInterval(() => {
  const form = $('#composer')
  if (form && !document.hidden) {
    fetch(form.dataset.presence, { method: 'POST', body: new URLSearchParams({ replying: `${!!text().value.trim()}` }), headers: { 'HX-Request': 'true' } }).catch(() => {})
  }
}, 5000)
