/** Where the support API lives below the script's own origin. */
export const PREFIX = "/api/conversation-v2/support";
