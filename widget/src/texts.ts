/** Every text a visitor reads that the site's owner did not write. */

export const launcherTexts = {
  open: "Open chat",
  close: "Close chat",
  unread: (n: number) => `Open chat, ${n} new ${n === 1 ? "message" : "messages"}`,
};

export const texts = {
  /** The language they are written in, for dates among them. */
  language: "en",

  title: "Chat with us",
  close: "Close chat",
  messages: "Messages",
  online: "We’re online",
  open: "We’ll answer as soon as we can",
  away: "We’re away right now",
  back: (when: string) => `We’re back ${when}`,
  earlier: "Show earlier messages",
  closed: "This conversation is closed. Write to reopen it.",
  team: "Support",
  you: "You",
  typing: "Typing…",
  offline: "You’re offline. Messages go out when you’re back.",
  reconnecting: "Reconnecting…",
  unavailable: "Chat is not available right now",
  unavailableHint: "Please try again later or reach us another way.",
  failed: "That didn’t work. Please try again.",

  placeholder: "Write a message…",
  message: "Message",
  send: "Send message",
  sending: "Sending…",
  sent: "Sent",
  read: "Read",
  unsent: "Not sent",
  retry: "Try again",
  tooLong: "This message is too long. Please split it into two.",
  slowDown: (when: string) => `That was a lot at once. Your message is kept and goes out ${when}.`,
  tooManyChats: (when: string) => `Too many chats were started from here. We try again ${when}.`,
  notAllowed: "Writing is switched off for this chat.",

  gateTitle: "Before we start",
  gateHint: "So that we can get back to you if you leave this page.",
  name: "Name (optional)",
  email: "E-mail",
  emailWrong: "Please enter your e-mail address, like ann@example.com.",
  phone: "Phone",
  phoneHint: "With country code, like +44 20 7946 0958",
  phoneWrong: "Please enter your phone number with its country code.",
  start: "Start chat",

  codeTitle: "Check that it’s you",
  codeSending: (to: string) => `We’re sending a code to ${to}…`,
  codeSent: (to: string) => `We sent a code to ${to}. It is valid for 10 minutes.`,
  code: "6-digit code",
  codeAgain: "Send a new code",
  codeWrong: "That code is not right. Please check it and try again.",
  codeExpired: "That code has expired. Please ask for a new one.",
  codeLocked: "Too many wrong tries. Please ask for a new code.",
  codeTooMany: (when: string) => `Too many codes were sent. The last one still works; you can ask again ${when}.`,
  codeNowhere: "We have no address to send a code to.",
};
