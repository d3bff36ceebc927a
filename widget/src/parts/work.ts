// Finds the number that the server asks for while far more chats begin than usual. Plain arithmetic: WebCrypto
// is missing on pages without https, and a worker where the page's policy forbids one.
import type { Answer } from "../api";

/** Answers `<challenge>.<number>`, whose SHA-256 begins with as many zero bits as are asked for. */
export type Work = (asked: Answer) => Promise<string>;

/** The longest that the page waits for us, in ms. */
const SLICE = 8;

/** The first bits of the fractions of the roots of the first primes, as FIPS 180-4 defines its constants. */
function constants(): [start: number[], rounds: number[]] {
  const start: number[] = [];
  const rounds: number[] = [];
  const bits = (root: number) => ((root % 1) * 2 ** 32) | 0;
  for (let n = 2; rounds.length < 64; n++) {
    let divisor = 2;
    while (n % divisor) divisor++;
    if (divisor < n) continue;
    if (start.length < 8) start.push(bits(Math.sqrt(n)));
    rounds.push(bits(Math.cbrt(n)));
  }
  return [start, rounds];
}

const [START, ROUNDS] = constants().map((words) => Int32Array.from(words));

const turn = (x: number, by: number) => (x >>> by) | (x << (32 - by));

/** The 64 words that a block becomes, written anew for each. */
const w = new Int32Array(64);

/** Takes the block of a text that begins at `from` into the state; past its end stand the mark, zeros and its length. */
function digest(state: Int32Array, text: string, from: number): void {
  for (let i = 0; i < 16; i++) {
    w[i] = 0;
    for (let at = from + i * 4; at < from + i * 4 + 4; at++) {
      w[i] = (w[i] << 8) | (at < text.length ? text.charCodeAt(at) : at === text.length ? 0x80 : 0);
    }
  }
  if (text.length < from + 56) w[15] = text.length * 8;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15];
    const y = w[i - 2];
    w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i++) {
    const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + w[i]) | 0;
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** Lets the page do what has come up. A timer would be slowed down in a tab that nobody sees. */
const breathe = () =>
  new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done(0);
    };
    port2.postMessage(0);
  });

export function start(): Work {
  return async ({ challenge, difficulty }) => {
    const fixed = START.slice();
    const state = new Int32Array(8);
    // Whole blocks of the challenge are the same at each try.
    let from = 0;
    for (; from + 64 <= challenge.length; from += 64) digest(fixed, challenge, from);
    for (let number = 0, until = 0; ; number++) {
      if (number % 64 === 0 && performance.now() > until) {
        await breathe();
        until = performance.now() + SLICE;
      }
      const text = `${challenge}.${number}`;
      state.set(fixed);
      for (let at = from; at < text.length + 9; at += 64) digest(state, text, at);
      if (Math.clz32(state[0]) >= difficulty) return text;
    }
  };
}
