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
})()
