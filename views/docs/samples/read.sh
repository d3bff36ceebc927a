curl -s "https://chat.example.com/api/conversation-v2/support/session/messages?after_seq=0" \
  -H "Authorization: Bearer $TOKEN" -H "X-Device-ID: $DEVICE" -H "X-Session-Token: $SESSION"