type RGB = [number, number, number];

const white: RGB = [255, 255, 255];
const black: RGB = [17, 19, 24];
/** The bubbles' surfaces in panel.css, on which links and buttons are read. */
const pale: RGB = [241, 243, 247];
const dim: RGB = [37, 41, 50];

function parse(text: unknown): RGB {
  const match = /^#?([\da-f]{3}|[\da-f]{6})$/i.exec(String(text));
  let hex = match ? match[1] : "2f5bea";
  if (hex.length === 3) hex = hex.replace(/./g, "$&$&");
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)) as RGB;
}

function luminance(colour: RGB): number {
  const [r, g, b] = colour.map((v) => {
    v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: RGB, b: RGB): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Moves a colour towards black or white until it can be read on a surface. */
function readable(colour: RGB, on: RGB): RGB {
  const target = luminance(on) > 0.5 ? 0 : 255;
  while (contrast(colour, on) < 4.6) {
    colour = colour.map((v) => Math.round(v + (target - v) * 0.06)) as RGB;
  }
  return colour;
}

const css = (colour: RGB) => `rgb(${colour.join(" ")})`;

/**
 * The colours that follow from a brand colour. Text on the fill reaches 4.5:1:
 * white is what brands expect, so a fill that nearly carries it is darkened a
 * little; only a light one gets dark text.
 */
export function brandColours(value: unknown, dark: boolean): Record<string, string> {
  const brand = parse(value);
  const carriesWhite = contrast(brand, white) >= 3;
  const fill = carriesWhite ? readable(brand, white) : brand;
  return {
    "--brand": css(fill),
    "--on-brand": css(carriesWhite ? white : black),
    "--ink": css(readable(brand, dark ? dim : pale)),
  };
}
