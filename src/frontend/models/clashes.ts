/**
 * Models that are compiled into one module load one file of weights, so a name stands for one parameter in all of them.
 * Two models of a file may well have a `table` each; then they are two modules.
 */
import type { Diagnostic } from "../../support/diagnostics.js";
import type { Graph, NodeOf } from "../../ir/graph/node.js";
import { graphNodes } from "../../ir/graph/traverse.js";
import { typeText } from "../../ir/graph/types.js";
import { diagnose } from "../catalogue.js";

/** An error for each name that two of the models give to parameters of different shapes. */
export function parameterClashes(models: readonly { readonly name: string; readonly graph: Graph }[]): Diagnostic[] {
  const known = new Map<string, { readonly model: string; readonly node: NodeOf<"param"> }>();
  const clashes = new Map<string, Diagnostic>();
  for (const { name: model, graph } of models) {
    for (const node of graphNodes(graph)) {
      if (node.op !== "param") continue;
      const { name } = node.attributes;
      const other = known.get(name);
      if (other === undefined) known.set(name, { model, node });
      else if (typeText(other.node.type) !== typeText(node.type) && !clashes.has(name)) {
        const message = `the parameter ${name} is ${typeText(other.node.type)} in the model ${other.model} and ${typeText(node.type)} in ${model}`;
        const notes = [{ message: `the one of ${other.model} is made here`, ...(other.node.span === undefined ? {} : { span: other.node.span }) }];
        clashes.set(name, diagnose("GF3005", message, node.span, { help: "the models of one module share their parameters: compile these two apart, by naming the models to compile, or rename a const", notes }));
      }
    }
  }
  return [...clashes.values()];
}
