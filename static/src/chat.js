// The chat as a page of its own, told by its address which language and which look it has.
(() => {
  // Whoever has come back by a mail and its code goes on with that session.
  const { keep } = document.currentScript.dataset
  if (keep) Object.assign(localStorage, JSON.parse(keep))

  const asked = new URLSearchParams(location.search)
  window.supportConfig = {}
  for (const name of ['locale', 'theme']) if (asked.get(name)) supportConfig[name] = asked.get(name)
  window.Deskbell = function () { (Deskbell.q = Deskbell.q || []).push(arguments) }

  // Only pages of the token's own domain may frame this one, so whoever frames it may drive the
  // chat and hear of it as a script of theirs would. A page that merely opened it may not: it could
  // have a visitor talk in somebody else's name.
  if (parent === window) return
  addEventListener('message', ({ source, data }) => {
    if (source === parent && Array.isArray(data?.deskbell)) Deskbell(...data.deskbell)
  })
  for (const name of ['ready', 'message', 'sent', 'unread', 'session', 'error']) {
    Deskbell('on', name, (detail) => parent.postMessage({ deskbell: [name, detail] }, '*'))
  }
})()
