import { PREFIX } from "./paths";
import type { Config } from "./types";

export type Settled = { config?: Config; error?: string; status: number };

interface Access {
  base: string;
  token: string;
}

const pause = (ms: number) =>
  new Promise<void>((resume) => {
    const wake = () => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      resume();
    };
    const timer = setTimeout(wake, ms);
    addEventListener("online", wake);
  });

async function ask(access: Access, cache?: RequestCache): Promise<Settled> {
  const response = await fetch(`${access.base}${PREFIX}/config`, {
    credentials: "omit",
    cache,
    headers: { Authorization: `Bearer ${access.token}` },
  });
  const body = await response.json().catch(() => ({}));
  return { config: response.ok ? body.config || {} : undefined, error: body.error, status: response.status };
}

/**
 * Tells a server that refuses this page from one that cannot be reached: a refused
 * page gets no CORS headers, so its requests fail although the server is up.
 */
export async function refused(access: Access): Promise<boolean> {
  try {
    await fetch(`${access.base}/healthz`, { mode: "no-cors", credentials: "omit", cache: "no-store" });
  } catch {
    return false;
  }
  try {
    await ask(access, "no-store");
    return false;
  } catch {
    return true;
  }
}

/**
 * Fetches the configuration, again and again while the server cannot be reached
 * or is unwell; ends with a configuration, with the refusal, or when nobody wants it.
 */
export async function settle(
  access: Access,
  freshToken: () => Promise<boolean>,
  wanted: () => boolean,
): Promise<Settled> {
  for (let wait = 2000; wanted(); wait = Math.min(wait * 2, 60000)) {
    try {
      let answer = await ask(access);
      if (answer.status === 401 && (await freshToken())) answer = await ask(access);
      if (answer.config || (answer.status < 500 && answer.status !== 429)) return answer;
    } catch {
      if (await refused(access)) return { error: "Domain not whitelisted", status: 403 };
    }
    await pause(wait * (0.5 + Math.random() / 2));
  }
  return { status: 0 };
}
