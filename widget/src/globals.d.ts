declare module "*.css" {
  const text: string;
  export default text;
}

// Put in by the build: hashed file names below /widget/.
declare const PANEL_FILE: string;
/** The fingerprint in the names of all parts, for widget/src/parts/<part>.ts. */
declare const PARTS: string;
