/**
 * Silero's voice activity detector, version 6: for each chunk of 512 samples (32 ms at 16 kHz) the probability that
 * somebody speaks.
 */
import { at, concat, dim, dot, floor, length, linear, map, param, range, relu, scan, sigmoid, split, sqrt, tanh, zeros, type Int, type Seq, type Tensor, type Vec } from "gatefold";

const [CHUNK, CONTEXT, UNITS] = [512, 64, 128] as const;

/** The elements around step t * stride, as one vector: the taps of a convolution. */
function taps(xs: Tensor, t: Int, kernel: number, stride: number, pad: number) {
  return concat(map(range("tap", kernel), (k) => at(xs, t * stride + k - pad)), "tap");
}

function conv(xs: Tensor, channels: number, stride: number, along: string) {
  const steps = range(along, floor((length(xs) + 2 - 3) / stride) + 1);
  return map(steps, (t) => relu(linear(taps(xs, t, 3, stride, 1), channels)));
}

/**
 * How loud each of 129 frequencies is in four windows of 256 samples: a Fourier transform whose stored basis has the
 * cosines first, then the sines. The end of the chunk is reflected, so that the last window is full.
 */
function spectrum(chunk: Tensor) {
  const samples = split(chunk, CHUNK + CONTEXT, "sample");
  const lastSample = CHUNK + CONTEXT - 1;
  const padded = map(range("padded", CHUNK + CONTEXT + 64), (i) => at(samples, i <= lastSample ? i : 2 * lastSample - i));
  const basis = param([258, 256]);
  return map(range("window", 4), (t) => {
    const [re, im] = split(dot(basis, taps(padded, t, 256, 128, 0)), 2);
    return sqrt(re ** 2 + im ** 2);
  });
}

/** What the recurrent part hears of a chunk. */
function encode(chunk: Tensor) {
  const windows = spectrum(chunk);
  const first = conv(windows, 128, 1, "first");
  const second = conv(first, 64, 2, "second");
  const third = conv(second, 64, 2, "third");
  const fourth = conv(third, 128, 1, "fourth");
  return at(fourth, 0, { over: dim(fourth) });
}

/** The recurrent part alone: an LSTM in PyTorch's layout, and the decision. */
export function decide(features: Seq<"chunk", Vec<typeof UNITS>>) {
  return scan(features, { h: zeros(UNITS), c: zeros(UNITS) }, (x, { h, c }) => {
    const lstm = linear(x, 4 * UNITS) + linear(h, 4 * UNITS);
    const [i, f, g, o] = split(lstm, 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    const hidden = sigmoid(o) * tanh(cell);
    const decision = linear(relu(hidden), 1);
    return { h: hidden, c: cell, probability: sigmoid(decision) };
  });
}

/** The whole net, from the sound. Each chunk is heard after the last 64 samples of the one before. */
export function voice(sound: Seq<"chunk", Vec<typeof CHUNK>>) {
  const heard = map(sound, (chunk, t) => {
    const [, context] = split(at(sound, t - 1), [CHUNK - CONTEXT, CONTEXT]);
    return encode(concat(context, chunk));
  });
  return { probability: decide(heard).probability };
}
