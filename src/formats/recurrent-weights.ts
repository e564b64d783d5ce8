/**
 * Converts the weights of a recurrent layer from the layout of one framework to that of another:
 *
 *     convertRecurrentWeights(weights, { cell: "lstm", from: "keras", to: "torch" })
 *
 * The numbers that the layer computes stay the same. (Where two biases become one, they are added, in single precision.)
 */
import { at, defined } from "../support/invariant.js";
import { gateOrders, Given, joined, layouts, misfit, rowsOf, type Gate, type GateWeights, type LayoutOptions, type DirectionWeights, type NamedArray, type NamedArrays, type RecurrentCell, type RecurrentLayout } from "./recurrent-layouts.js";

export type { NamedArray, NamedArrays, RecurrentCell, RecurrentLayout } from "./recurrent-layouts.js";

export interface ConvertRecurrentOptions {
  readonly cell: RecurrentCell;
  readonly from: RecurrentLayout;
  readonly to: RecurrentLayout;
  /** The layer that PyTorch's names speak of: weight_ih_l0; 0 where it is not said. Weights of other layers are left out. */
  readonly layer?: number;
  /** Of a GRU: whether the reset gate acts after the product (PyTorch's; ONNX's linear_before_reset; Keras' reset_after). True where it is not said. */
  readonly resetAfter?: boolean;
}

/** @throws DiagnosticError (GF7015) where the weights are not what they are said to be, or the layout has no such layer */
export function convertRecurrentWeights(weights: NamedArrays, { cell, from, to, layer = 0, resetAfter = true }: ConvertRecurrentOptions): NamedArrays {
  const options = { cell, layer, resetAfter };
  gatesOf(to, cell); // A target that has no such cell is told before the weights are looked at.
  return writeRecurrentWeights(readRecurrentWeights(weights, from, options), to, options);
}

function gatesOf(layout: RecurrentLayout, cell: RecurrentCell): readonly Gate[] {
  return gateOrders[layout][cell] ?? misfit(`${layout} has no layout for the cell ${cell}`, `the layouts that have one are ${Object.entries(gateOrders).filter(([, cells]) => cell in cells).map(([name]) => name).join(", ")}`);
}

function readRecurrentWeights(weights: NamedArrays, from: RecurrentLayout, options: LayoutOptions): readonly DirectionWeights[] {
  const order = gatesOf(from, options.cell);
  if (from === "torch" && options.cell === "gru" && !options.resetAfter) misfit("PyTorch's GRU resets after the product", "leave resetAfter out, or set it to true");
  const given = new Given(weights, from);
  const directions = layouts[from].read(given, options);
  given.expectAllTaken((name) => from === "torch" && /_l\d+(_reverse)?$/.test(name) && !new RegExp(`_l${options.layer}(_reverse)?$`).test(name));
  return directions.map(({ x, h, bias }) => {
    const [rows, input, hidden] = [at(x.shape, 0), at(x.shape, 1), at(h.shape, 1)];
    if (rows !== order.length * hidden || at(h.shape, 0) !== rows || (bias !== undefined && (bias.x.length !== rows || bias.h.length !== rows))) {
      misfit(`the sizes do not fit: ${rows} rows read the input, ${at(h.shape, 0)} the ${hidden} components of the state${bias === undefined ? "" : `, and the biases have ${bias.x.length} and ${bias.h.length}`}`, `${options.cell} has ${order.length} times as many as the state has components`);
    }
    const gates = order.map((gate, i): [Gate, GateWeights] => {
      const [start, end] = [i * hidden, (i + 1) * hidden];
      return [gate, { x: rowsOf(x, start, end).data, h: rowsOf(h, start, end).data, bias: bias === undefined ? undefined : { x: bias.x.slice(start, end), h: bias.h.slice(start, end) } }];
    });
    return { hidden, input, gates: new Map(gates) };
  });
}

function writeRecurrentWeights(directions: readonly DirectionWeights[], to: RecurrentLayout, options: LayoutOptions): NamedArrays {
  const order = gatesOf(to, options.cell);
  const stacked = directions.map(({ hidden, input, gates }) => {
    const inOrder = order.map((gate) => defined(gates.get(gate), gate));
    const matrix = (pick: (gate: GateWeights) => Float32Array, columns: number): NamedArray => ({ shape: [order.length * hidden, columns], data: joined(inOrder.map(pick)) });
    const biases = inOrder.flatMap(({ bias }) => (bias === undefined ? [] : [bias]));
    return {
      x: matrix(({ x }) => x, input),
      h: matrix(({ h }) => h, hidden),
      bias: biases.length < order.length ? undefined : { x: joined(biases.map(({ x }) => x)), h: joined(biases.map(({ h }) => h)) },
    };
  });
  return layouts[to].write(stacked, options);
}
