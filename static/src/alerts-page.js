// The page on which somebody chooses their alerts. The browser's permission is asked for by a click only.
(() => {
  const $ = (selector) => document.querySelector(selector)
  const allow = $('[data-allow]')
  const says = {
    granted: 'This browser may show notifications.',
    denied: 'This browser shows none: allow notifications for this site in its settings.',
    default: 'This browser has not been asked yet.',
  }
  function show() {
    const may = self.Notification?.permission
    $('#may-notify').textContent = says[may] ?? 'This browser has no notifications here. They need HTTPS.'
    allow.hidden = may !== 'default'
  }
  allow.onclick = async () => {
    await Notification.requestPermission()
    show()
  }
  const attempt = $('[data-try]')
  attempt.hidden = false
  attempt.onclick = () => document.dispatchEvent(new CustomEvent('deskbell:alert', { detail: {
    url: '/inbox', title: 'Deskbell', text: 'This is how an alert looks.', sound: $('[name=sound]').checked, desktop: $('[name=desktop]').checked,
  } }))
  show()

  // Only the browser knows where it can be reached, so it fills in the form.
  const form = $('[data-push]')
  const button = $('[data-push] button')
  if (!navigator.serviceWorker || !self.PushManager) return
  button.hidden = false
  button.onclick = async (event) => {
    event.preventDefault()
    button.disabled = true
    try {
      if (await Notification.requestPermission() !== 'granted') throw new Error(says.denied)
      show()
      await navigator.serviceWorker.register('/alerts/worker.js')
      const worker = await navigator.serviceWorker.getRegistration('/alerts/')
      await new Promise((done) => {
        const coming = worker.installing ?? worker.waiting
        if (worker.active) done()
        else coming.onstatechange = () => coming.state === 'activated' && done()
      })
      const { endpoint, keys } = (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: form.dataset.push })).toJSON()
      Object.assign(form.elements.endpoint, { value: endpoint })
      Object.assign(form.elements.p256dh, { value: keys.p256dh })
      Object.assign(form.elements.auth, { value: keys.auth })
      form.submit()
    } catch (error) {
      $('#push-error').textContent = error.message || 'This browser can have no pushes.'
      button.disabled = false
    }
  }
})()
