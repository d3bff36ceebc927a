declare module "*.css" {
  const text: string;
  export default text;
}

// Put in by the build: hashed file names below /widget/.
declare const PANEL_FILE: string;
/** The list for the emoji picker. */
declare const EMOJI_FILE: string;
/** Part → file, for widget/src/parts/<part>.ts. */
declare const PARTS: Record<string, string>;
