curl -s "https://chat.example.com/api/conversation-v2/support/session" \
  -H "Authorization: Bearer $TOKEN" -H "X-Device-ID: $DEVICE" \
  -d '{"email":"jane@example.com","name":"Jane"}'