import { PREFIX } from "./paths";
import type { Config, Core } from "./types";

export type Settled = { config?: Config; error?: string; status: number };

const pause = (ms: number, gone: AbortSignal) =>
  new Promise<void>((resume) => {
    const wake = () => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      resume();
    };
    const timer = setTimeout(wake, ms);
    addEventListener("online", wake);
    gone.addEventListener("abort", wake);
  });

async function ask({ base, token, settings }: Core, cache?: RequestCache): Promise<Settled> {
  const [lang, locale] = [document.documentElement.lang || navigator.language, settings.locale || ""].map(encodeURIComponent);
  const response = await fetch(`${base}${PREFIX}/config?lang=${lang}&locale=${locale}`, {
    credentials: "omit",
    cache,
    headers: { Authorization: `Bearer ${token}` },
  });
  const body = await response.json().catch(() => ({}));
  return { config: response.ok ? body.config || {} : undefined, error: body.error, status: response.status };
}

/**
 * Tells a server that refuses this page from one that cannot be reached: a refused
 * page gets no CORS headers, so its requests fail although the server is up.
 */
export async function refused(core: Core): Promise<boolean> {
  try {
    await fetch(`${core.base}/healthz`, { mode: "no-cors", credentials: "omit", cache: "no-store" });
  } catch {
    return false;
  }
  try {
    await ask(core, "no-store");
    return false;
  } catch {
    return true;
  }
}

/**
 * Fetches the configuration, again and again while the server cannot be reached
 * or is unwell; ends with a configuration, with the refusal, or when nobody wants it.
 */
export async function settle(core: Core, gone: AbortSignal): Promise<Settled> {
  for (let wait = 2000; !gone.aborted; wait = Math.min(wait * 2, 60000)) {
    try {
      let answer = await ask(core);
      if (answer.status === 401 && (await core.freshToken())) answer = await ask(core);
      if (answer.config || (answer.status < 500 && answer.status !== 429)) return answer;
    } catch {
      if (await refused(core)) return { error: "Domain not whitelisted", status: 403 };
    }
    await pause(wait * (0.5 + Math.random() / 2), gone);
  }
  return { status: 0 };
}
