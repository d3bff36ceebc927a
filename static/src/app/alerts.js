// Alerts: of all tabs of a browser one listens, and tells of each message that its reader wants to
// hear of.
// A page that nobody has clicked on yet may not make a sound.
function ring() {
  if (navigator.userActivation?.hasBeenActive === false) return
  const audio = new AudioContext()
  for (const [i, pitch] of [880, 1175].entries()) {
    const tone = audio.createOscillator()
    const volume = audio.createGain()
    const at = audio.currentTime + i * .16
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(.2, at)
    volume.gain.exponentialRampToValueAtTime(.001, at + .4)
    tone.connect(volume).connect(audio.destination)
    tone.start(at)
    tone.stop(at + .4)
    if (i) tone.onended = () => audio.close()
  }
}

function tell({ url, title, text, sound, desktop }) {
  if (sound) ring()
  if (!desktop || self.Notification?.permission !== 'granted') return
  try {
    const note = new Notification(title, { body: text, tag: url })
    note.onclick = () => {
      note.close()
      focus()
      // What is being typed on another page must not be lost.
      if (location.pathname.startsWith('/inbox')) location = url
      else open(url)
    }
  } catch {
    // Phones show none from a page.
  }
}
document.addEventListener('deskbell:alert', ({ detail }) => tell(detail))

let source
let gone = false
function listen() {
  const stream = source = new EventSource('/alerts/events')
  stream.addEventListener('alert', ({ data }) => tell(JSON.parse(data)))
  stream.addEventListener('end', () => stream.close())
  // It comes back by itself, but not from a proxy's answer that the server is away.
  stream.onerror = () => {
    if (stream.readyState === 2) setTimeout(() => stream === source && !gone && listen(), 10000)
  }
}
// A page that the browser keeps for going back must not seem to be open.
addEventListener('pagehide', () => {
  gone = true
  source?.close()
})

function lead(options = {}) {
  if (!navigator.locks) return listen()
  navigator.locks.request('deskbell-alerts', options, () => new Promise(() => {
    listen()
  })).catch(() => {
    // Not before the other listens: what comes in between would be told by none.
    const old = source
    setTimeout(() => old?.close(), 1000)
    source = null
    if (!gone) lead()
  })
}

// The page says whether its reader has chosen any alerts.
if (document.body.dataset.alerts !== undefined) {
  lead()
  addEventListener('pageshow', ({ persisted }) => {
    gone = false
    if (persisted) source ? listen() : lead()
  })
  // A tab that was clicked on may make sounds, so it takes over from one that may not.
  addEventListener('click', () => source || lead({ steal: true }), { once: true })
}
