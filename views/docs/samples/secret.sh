TEAM=$(curl -s "https://chat.example.com/api/auth/login" \
  -d '{"email":"you@example.com","password":"your password"}' |
  sed 's/.*"token":"\([^"]*\)".*/\1/')
curl -s -X POST -H "Authorization: Bearer $TEAM" \
  "https://chat.example.com/api/conversation-v2/support/token/YOUR_TOKEN_ID/identity-secret"