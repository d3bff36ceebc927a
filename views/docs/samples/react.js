import { useEffect } from 'react'

export function useChat() {
  useEffect(() => {
    window.supportConfig = { token: 'YOUR_TOKEN', position: 'bottom-right' }
    window.Deskbell ||= function () {
      (window.Deskbell.q ||= []).push(arguments)
    }
    const script = document.createElement('script')
    script.src = 'https://chat.example.com/support-widget.js'
    document.head.append(script)
    return () => {
      script.remove()
      window.Deskbell?.('destroy')
    }
  }, [])
}