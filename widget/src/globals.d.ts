declare module "*.css" {
  const text: string;
  export default text;
}

/** The hashed file name of the panel, put in by the build. */
declare const PANEL_FILE: string;
