// Files of the console: taking them along by button, paste and drop, and looking at pictures.
import { $ } from './dom.js'

const composer = () => $('#composer')

// A message may consist of files alone, and must not leave while one is still on its way.
function settle() {
  const form = composer()
  if (!form) return
  form.elements.text.required = !$('#chips [name=attachments]')
  $('button.primary', form).disabled = !!$('#chips progress')
}

function fail(name, why) {
  const place = $('#upload-error')
  if (place) place.textContent = `${name}: ${why}`
}

function add(files) {
  if (!composer() || !files.length) return
  $('#upload-error').textContent = ''
  for (const file of files) upload(file)
  settle()
}

function upload(file) {
  const chip = document.createElement('li')
  chip.className = 'chip'
  const name = document.createElement('span')
  name.textContent = file.name
  const bar = document.createElement('progress')
  bar.setAttribute('aria-label', `Uploading ${file.name}`)
  bar.max = 1
  bar.value = 0
  const cancel = document.createElement('button')
  cancel.type = 'button'
  cancel.className = 'btn quiet small'
  cancel.textContent = 'Cancel'
  cancel.dataset.test = 'cancel-upload'
  chip.append(name, bar, cancel)
  $('#chips').append(chip)

  const request = new XMLHttpRequest()
  cancel.onclick = () => request.abort()
  request.upload.onprogress = (event) => { bar.value = event.loaded / event.total }
  request.onabort = () => { chip.remove(); settle() }
  request.onerror = () => { chip.remove(); fail(file.name, 'The connection was lost, please try again.'); settle() }
  request.onload = () => {
    if (request.status === 201) {
      const range = document.createRange()
      chip.replaceWith(range.createContextualFragment(request.responseText))
    } else {
      chip.remove()
      fail(file.name, said(request.responseText) || 'This file could not be uploaded.')
    }
    settle()
  }
  request.open('POST', $('#upload').dataset.upload)
  request.setRequestHeader('HX-Request', 'true')
  const body = new FormData()
  body.append('file', file)
  request.send(body)
}

const said = (html) => {
  const page = new DOMParser().parseFromString(html, 'text/html')
  return $('[data-message]', page)?.textContent.trim()
}

document.addEventListener('change', (event) => {
  if (event.target.name !== 'file' || event.target.form?.id !== 'upload') return
  add([...event.target.files])
  event.target.value = ''
})
document.addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])]
  if (!files.length || event.target.form?.id !== 'composer') return
  event.preventDefault()
  add(files)
})
const carries = (event) => event.target.closest?.('.thread') && event.dataTransfer?.types.includes('Files')
document.addEventListener('dragover', (event) => {
  if (!carries(event)) return
  event.preventDefault()
  $('.thread').classList.add('dropping')
})
document.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget?.closest?.('.thread')) $('.thread')?.classList.remove('dropping')
})
document.addEventListener('drop', (event) => {
  if (!carries(event)) return
  event.preventDefault()
  $('.thread').classList.remove('dropping')
  add([...event.dataTransfer.files])
})

document.addEventListener('click', (event) => {
  const out = event.target.closest('[data-take-out]')
  if (out) {
    out.closest('.chip').remove()
    settle()
    composer().elements.text.focus()
    return
  }
  const picture = event.target.closest('a[data-picture]')
  if (!picture || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  view(picture)
})

function view(link) {
  const dialog = document.createElement('dialog')
  dialog.className = 'viewer'
  const image = document.createElement('img')
  image.src = link.href
  image.alt = $('img', link).alt
  dialog.setAttribute('aria-label', image.alt)
  const close = document.createElement('button')
  close.className = 'btn small'
  close.textContent = 'Close'
  dialog.append(image, close)
  dialog.onclick = (event) => { if (event.target !== image) dialog.close() }
  dialog.onclose = () => { dialog.remove(); link.focus() }
  document.body.append(dialog)
  dialog.showModal()
}
