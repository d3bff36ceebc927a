// Receives pushes while no page is open, and shows them.
self.addEventListener('push', (event) => {
  const { title, text, url } = event.data.json()
  event.waitUntil(registration.showNotification(title, { body: text, tag: url, data: url }))
})

self.addEventListener('notificationclick', (event) => {
  const { notification } = event
  notification.close()
  event.waitUntil((async () => {
    const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true })
    const page = pages.find(({ url }) => new URL(url).pathname === notification.data)
    return page ? page.focus() : clients.openWindow(notification.data)
  })())
})
