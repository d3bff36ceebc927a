curl -s "https://chat.example.com/api/conversation-v2/support/session/messages" \
  -H "Authorization: Bearer $TOKEN" -H "X-Device-ID: $DEVICE" -H "X-Session-Token: $SESSION" \
  -d '{"client_id":"6f1c2a9e","text":"Where is my order?"}'