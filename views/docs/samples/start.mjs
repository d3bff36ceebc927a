const answer = await fetch('https://chat.example.com/api/conversation-v2/support/session', {
  method: 'POST',
  headers: { Authorization: `Bearer ${supportToken}`, 'X-Device-ID': deviceId },
  body: JSON.stringify({ email: user.email, name: user.name }),
})
const { session } = await answer.json()