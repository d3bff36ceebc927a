import { onMounted, onUnmounted } from 'vue'

export function useChat() {
  let script
  onMounted(() => {
    window.supportConfig = { token: 'YOUR_TOKEN', position: 'bottom-right' }
    window.Deskbell ||= function () {
      (window.Deskbell.q ||= []).push(arguments)
    }
    script = document.createElement('script')
    script.src = 'https://chat.example.com/support-widget.js'
    document.head.append(script)
  })
  onUnmounted(() => {
    script.remove()
    window.Deskbell?.('destroy')
  })
}