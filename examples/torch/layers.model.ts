/**
 * Four recurrent layers of PyTorch, 10 numbers in and 20 out. A model is written for one example; how many there are in a
 * batch, and how long each is, is the caller's business.
 */
import { scan, type Seq, type Vec } from "gatefold";
import { gru, gruCell, lstm, lstmCell } from "gatefold/torch";

/** rnn = nn.LSTM(10, 20); output, (hn, cn) = rnn(input, (h0, c0)) */
export function LSTM(input: Seq<"time", Vec<10>>, h0: Seq<"layer", Vec<20>, 1>, c0: Seq<"layer", Vec<20>, 1>) {
  const lstmLayer = lstm(input, { inputSize: 10, hiddenSize: 20, h0, c0 });
  return lstmLayer;
}

/** rnn = nn.LSTMCell(10, 20); for each step: hx, cx = rnn(input[t], (hx, cx)) */
export function LSTMCell(input: Seq<"time", Vec<10>>, hx: Vec<20>, cx: Vec<20>) {
  const lstmSteps = scan(input, { h: hx, c: cx }, (x, state) => lstmCell(x, state, { inputSize: 10, hiddenSize: 20 }));
  return { output: lstmSteps.h, hx: lstmSteps.final.h, cx: lstmSteps.final.c };
}

/** rnn = nn.GRU(10, 20); output, hn = rnn(input, h0) */
export function GRU(input: Seq<"time", Vec<10>>, h0: Seq<"layer", Vec<20>, 1>) {
  const gruLayer = gru(input, { inputSize: 10, hiddenSize: 20, h0 });
  return gruLayer;
}

/** rnn = nn.GRUCell(10, 20); for each step: hx = rnn(input[t], hx) */
export function GRUCell(input: Seq<"time", Vec<10>>, hx: Vec<20>) {
  const gruSteps = scan(input, { h: hx }, (x, state) => gruCell(x, state, { inputSize: 10, hiddenSize: 20 }));
  return { output: gruSteps.h, hx: gruSteps.final.h };
}
