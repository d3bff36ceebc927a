declare module "*.css" {
  const text: string;
  export default text;
}

// Put in by the build: hashed file names below /widget/.
declare const PANEL_FILE: string;
/** The list for the emoji picker. */
declare const EMOJI_FILE: string;
/** What stands between name and .js in the files of widget/src/parts/. */
declare const PARTS: string;
