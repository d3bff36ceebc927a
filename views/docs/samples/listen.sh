curl -sN "https://chat.example.com/api/conversation-v2/support/session/events?after_seq=0" \
  -H "Authorization: Bearer $TOKEN" -H "X-Device-ID: $DEVICE" -H "X-Session-Token: $SESSION"