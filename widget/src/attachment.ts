import type { Attachment } from "./messages";

/** A picture that the server has read, with a small one to show. */
export const isPicture = (file: Attachment): boolean => !!(file.thumbnail_url && file.width && file.height);

/** A size in bytes, as people say it. */
export function sizeOf(bytes: number, language: string): string {
  const [value, unit] = bytes < 2 ** 20 ? [Math.max(1, bytes / 1024), "kilobyte"] : [bytes / 2 ** 20, "megabyte"];
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
