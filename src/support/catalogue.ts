/**
 * Every diagnostic of Gatefold: a stable code, what it is about, and why that is an error. The message of a diagnostic says
 * what was found at the place, and its help what to write instead; both depend on the case. What is here does not:
 * docs/errors.md is made from it, with an example of each.
 *
 * GF1: outside the language. GF2: kinds and shapes. GF3: names and parameters. GF4: models, inputs, imports.
 * GF5: what the caller asks of the compiler. GF6: step by step, and written out. GF7: files of weights.
 * GF8: the command line. GF9: mistakes of Gatefold itself.
 *
 * A code is never given another meaning: people search for it.
 */
export interface Explanation {
  /** What it is about, in a few words. */
  readonly title: string;
  /** Why it is an error, and what is meant to be written; Markdown. */
  readonly text: string;
}

export const explanations = {
  GF1001: {
    title: "the file is not TypeScript",
    text: "A model file is a TypeScript module. What its parser does not understand, nothing else can. The message is the parser's own.",
  },
  GF1002: {
    title: "a statement outside the language",
    text: "A model file is read and never run, so it holds only what has a meaning as equations: `const`, `let`, assignments, `return`, `if`, `for`, `throw` and functions. There is no `while`, `try`, `class` or `break`, and an expression whose value nobody takes has no effect.",
  },
  GF1003: {
    title: "an expression outside the language",
    text: "Regular expressions, `null`, `typeof`, `new`, `await`, methods and the like have no meaning in equations.",
  },
  GF1004: {
    title: "an operator outside the language",
    text: "The operators are `+ - * / % **`, `< <= > >= === !==`, `! && ||`, `?:`, `??` and `?.`. Bit operators are not among them, `==` is written `===`, and an assignment is a statement of its own.",
  },
  GF1005: {
    title: "a form of declaration outside the language",
    text: "`var`, default exports, `import * as`, `async` functions and generators are left out: what they add is about running a program, and a model is not run.",
  },
  GF1006: {
    title: "a name that is not defined, or not yet",
    text: "The name is declared neither in this function, nor around it, nor in the file, nor imported; or its declaration stands further down; or it names a type, where a value is wanted.",
  },
  GF1007: {
    title: "something is changed that cannot be",
    text: "Only variables that `let` declares in the same function are assigned to. Arrays and records are never changed, new ones are made of them; what changes along a sequence is the state of a `scan`.",
  },
  GF1008: {
    title: "a function calls itself",
    text: "A function is written out where it is called, so one that calls itself, directly or through others, would never end. A loop repeats a fixed number of times, a `scan` along a sequence.",
  },
  GF1009: {
    title: "the model is too large when written out",
    text: "Calls and turns of static loops are written out, and there is a limit to how many. The limit also bounds arrays that a model builds and strings that it puts together. What is repeated often belongs in a `scan` or a `map` over a `range`, which is one loop in the generated code.",
  },
  GF1010: {
    title: "the source is nested too deeply",
    text: "Expressions and calls within each other are bounded, so that a hostile or a generated file ends in an error and not in a crash. Bind parts to consts.",
  },
  GF1011: {
    title: "a name is declared twice",
    text: "In one block, or at the top level of one file, a name stands for one thing. An inner block may use it anew.",
  },
  GF1012: {
    title: "the source is too large",
    text: "A model is equations: a file has at most 2^20 characters, and all files of a model together at most 2^22. Weights and tables of numbers are given to the compiled module when it runs.",
  },
  GF2001: {
    title: "shapes or kinds do not fit each other",
    text: "Vectors that meet have one size, or one of them has size 1. Named dimensions are matched by name, and a name stands for one length. `dot` contracts the last axes of both sides. The message shows both sides: `{time, head:8}[64]` is 64 reals at each position of \"time\" and each of 8 heads.",
  },
  GF2002: {
    title: "a value must be known at compile time",
    text: "Sizes, the numbers of turns of loops, indices of arrays and the parts of strings are fixed when a model is compiled. Numbers, consts, settings and what is computed from them are; values of the net are not.",
  },
  GF2003: {
    title: "a statement needs a condition known at compile time",
    text: "`if`, `for` and `throw` decide what the net is made of. What depends on the numbers in the net is chosen with `condition ? a : b`, element by element.",
  },
  GF2004: {
    title: "an argument is of the wrong sort",
    text: "Each operation takes values, static numbers, functions or records at certain places. An id names a class and is no quantity; an index is an integer; a sequence is made of values.",
  },
  GF2005: {
    title: "arguments or options are missing or too many",
    text: "A call gives each parameter that has no default, and no more than there are. Options are named, and a name that an operation does not have is most often misspelt.",
  },
  GF2006: {
    title: "a dimension must be named, or is not there",
    text: "What runs along a dimension takes the only one, or the one that is named. Where there are several, none is picked silently.",
  },
  GF2007: {
    title: "a state does not continue as it began",
    text: "The step of a `scan` returns every part of the state, of the kind and the shape with which it began, since the next step starts from it. The most frequent cause: the whole sequence was used in the step instead of its element.",
  },
  GF2008: {
    title: "a result would run along one dimension twice, or take a slice out of its map",
    text: "Inside `map(xs, (x) => ...)` the element `x` has lost the dimension, and `xs` still has it. A result that still runs along it would have it twice.",
  },
  GF2009: {
    title: "a condition is used as a number, or a number as a condition",
    text: "Comparisons give conditions. They are no numbers here, as they are none to TypeScript: write `condition ? 1 : 0`, and `x !== 0`.",
  },
  GF2010: {
    title: "a value does not fit the annotation of its parameter",
    text: "Annotations are checked: the size of a `Vec<N>`, the number of classes of an `Id<N>`, the dimension of a `Seq`; and a parameter of a function at the top level that is a `number` must be known at compile time.",
  },
  GF2011: {
    title: "the length of a range is not understood",
    text: "The length of a `range` is a whole number, or is computed from lengths of sequences with `+ - *` and `floor`, so that memory can be planned before anything runs.",
  },
  GF2012: {
    title: "there is no such property or element",
    text: "Records have the keys that they were written with, arrays `length`, `map`, `entries` and their elements. Values of the net have no properties: what is asked of them are functions, such as `size(x)`.",
  },
  GF2013: {
    title: "something is called that is no function",
    text: "Only functions are called: those of the language, of the file, and arrows bound to names.",
  },
  GF2014: {
    title: "a value is larger than memory",
    text: "A vector has at most 2^30 elements, which are 4 GiB of single-precision floats, the largest array that JavaScript engines have; and a value runs along at most 16 named dimensions.",
  },
  GF3001: {
    title: "two parameters would have one name",
    text: "Parameters are called by the consts and keys whose right sides enclose them, and the name is what a file of weights has. Where two would be called alike, bind one of the calls to a const of its own.",
  },
  GF3002: {
    title: "one place is asked for two parameters",
    text: "One place in the source is one parameter, so that the steps of a scan share it. A place that is reached twice with inputs of different sizes would have to be two.",
  },
  GF3003: {
    title: "a parameter has no name",
    text: "Nothing around the place gives it a name: bind it to a const, or return it under a key.",
  },
  GF3004: {
    title: "a name or size given to param is not possible",
    text: "A name is a string that is not empty and that no other parameter has; a size is a whole number from 1 up, and all sizes together must not be more than memory can hold.",
  },
  GF3005: {
    title: "models of one module have different parameters of one name",
    text: "The models of a module load one file of weights, so a name stands for one parameter in all of them. Two models that each have a `table` of their own are compiled apart, or one of the consts is renamed.",
  },
  GF4001: {
    title: "an imported file is not found",
    text: "A model file imports the language from `\"gatefold\"` and other model files, `*.model.ts`, by a relative path. It reads no other file, and no package of npm: a model is read, never run.",
  },
  GF4002: {
    title: "an imported name does not exist",
    text: "The file is there, and exports no such name.",
  },
  GF4003: {
    title: "a const needs its own value",
    text: "Consts that are computed from each other in a circle have no value; nor has a name that files only import from each other.",
  },
  GF4004: {
    title: "there is no such model",
    text: "A model is an exported function whose parameters are all inputs or settings. The name was given with `--models` or in the options of `compile`.",
  },
  GF4005: {
    title: "an input is not understood",
    text: "An input is a `Vec<N>`, `Real`, `Id<N>`, `Seq<\"name\", X>` or a record of these, with sizes that are whole numbers.",
  },
  GF4006: {
    title: "a setting is unknown or of the wrong type",
    text: "A setting is a parameter of a model that has a number, a string or a boolean as its default; it is set by its name to a value of the same type.",
  },
  GF4007: {
    title: "the result of a model is not made of values",
    text: "Outputs are reals or integers of a shape, in a record or alone: no condition, no function, no string, no slice.",
  },
  GF4008: {
    title: "an error that the model itself throws",
    text: "`throw new Error(...)` in a model is reached when it is compiled: its author's own check of sizes and settings. The message is the author's.",
  },
  GF5001: {
    title: "a module cannot be called so",
    text: "The name of a module is the name of its files, on any system: letters, digits, `-`, `_`, `.` and `$`, and nothing that leads out of the folder.",
  },
  GF5002: {
    title: "no model has such a free length",
    text: "A length that the caller fixes is the length of a dimension that the inputs leave open.",
  },
  GF5003: {
    title: "a length, a factor or a batch is not possible",
    text: "A length is a whole number from 0 up. A scan is unrolled by a whole number from 1 up, or by \"all\" of its steps. A batch has a whole number of members from 1 up.",
  },
  GF5004: {
    title: "the file has no model",
    text: "None of the functions that the file exports is a model: each has a parameter that is neither an input nor a setting.",
  },
  GF5005: {
    title: "no model has such a scan",
    text: "What is to be written out is named by the dimension along which a `scan` runs.",
  },
  GF5006: {
    title: "the model needs more memory than there is",
    text: "A buffer, or all of them, would be larger than an array can be. The message names the largest. Most often a size has a digit too many, or two sequences are paired where one was meant.",
  },
  GF5007: {
    title: "the model is too large for the compiler",
    text: "The model is within all limits, and the engine that runs the compiler has still run out of its stack or its memory. Hundreds of operations that follow one another in one step do that, or a scan that is written out.",
  },
  GF5008: {
    title: "a layout that is not understood",
    text: "A layout says where the batch stands in flat arrays: for all inputs and outputs, and for single ones by their names.",
  },
  GF5009: {
    title: "a call that the compiler does not understand",
    text: "What `compile` and the functions beside it are told is checked, for JavaScript has no types that would: an option of another name, a target that there is not or a path where bytes are wanted would change nothing and be missed by nobody, or fail far from where it was written.",
  },
  GF5010: {
    title: "weights that cannot be quantised as asked",
    text: "Products of integers are made for WebAssembly, by passes that cannot be left out. Parameters that are to stay float32 are named as the model names them. Where no weight becomes integers at all, a warning says why.",
  },
  GF5101: {
    title: "a value is too large for a GPU kernel",
    text: "Numbers on a GPU are float32, in which whole numbers are exact up to 2^24 (16777216). A place within a larger value could not be told from the next one, so it is refused rather than computed wrongly.",
  },
  GF5102: {
    title: "a draw that depends on what a GPU kernel computes",
    text: "GPU kernels cannot make the integers that draws are made of, so the host draws, at positions that it knows beforehand. A draw whose counter is computed on the device would have to be read back first.",
  },
  GF5103: {
    title: "a loop whose bounds the GPU would have to tell",
    text: "Loops over time are turned by the host. Their bounds may depend on lengths, positions and inputs, but not on what a kernel computes.",
  },
  GF5104: {
    title: "a GPU kernel reads too many values at once",
    text: "A device reads so many textures in one kernel and no more, and this one could not be taken apart: one sum over a window reads all of them together.",
  },
  GF6001: {
    title: "a model has no sequence to be run along",
    text: "A model is run step by step along the sequence that its outputs run along. One without such a sequence is run whole.",
  },
  GF6002: {
    title: "a model runs along several sequences",
    text: "Step by step there is one sequence whose elements come one after another. Outputs along several are for several models.",
  },
  GF6003: {
    title: "an output depends on later steps",
    text: "Step by step nothing of what is still to come is known: the last element, the sum over all, a scan in reverse.",
  },
  GF6101: {
    title: "a scan cannot be written out",
    text: "Only a scan whose length is known when the model is compiled can be written out step after step. `--fixed time=40` makes a free length known.",
  },
  GF6102: {
    title: "a scan is too large to be written out",
    text: "Written out, every step is code of its own. Above a limit that does more harm than good.",
  },
  GF6103: {
    title: "too many steps are to be written out together",
    text: "Unrolled by a factor, a loop holds that many copies of its step. Above a limit that does more harm than good.",
  },
  GF7001: {
    title: "a file of weights is too short",
    text: "A safetensors file begins with eight bytes that say how long its header is.",
  },
  GF7002: {
    title: "the header of a file of weights is too large",
    text: "The format allows headers of 100 MB. Most often such a file is no safetensors file at all.",
  },
  GF7003: {
    title: "the header of a file of weights is longer than the file",
    text: "The file was cut off, or is no safetensors file.",
  },
  GF7004: {
    title: "the header of a file of weights is not UTF-8",
    text: "The header is JSON in UTF-8, as the format has it.",
  },
  GF7005: {
    title: "the header of a file of weights is not JSON",
    text: "The header is one JSON object; shapes and offsets are whole numbers in plain digits.",
  },
  GF7006: {
    title: "a tensor is listed twice",
    text: "Two entries of one name would leave open which of them counts.",
  },
  GF7007: {
    title: "the metadata of a file of weights are malformed",
    text: "`__metadata__` is an object whose values are strings.",
  },
  GF7008: {
    title: "the entry of a tensor is malformed",
    text: "An entry has a `dtype`, a `shape` and two `data_offsets`.",
  },
  GF7009: {
    title: "an element type is not known",
    text: "The element type is none of the format's.",
  },
  GF7010: {
    title: "a tensor is larger than any file",
    text: "A size or an offset is more than a number can hold exactly.",
  },
  GF7011: {
    title: "the bytes of tensors overlap or leave a gap",
    text: "The tensors' bytes follow each other without gap or overlap: a file has nothing hidden, and nothing read twice.",
  },
  GF7012: {
    title: "the bytes of a tensor do not fit its shape",
    text: "The offsets give the tensor more or fewer bytes than its shape and its element type take.",
  },
  GF7013: {
    title: "the data of a file of weights are too long or too short",
    text: "The tensors' bytes cover the rest of the file. Where they don't, the file was cut off, or something was appended.",
  },
  GF7014: {
    title: "an element type is not converted",
    text: "Weights are float64, float32, float16 or bfloat16. Integers and eight-bit floats need a scale that stands elsewhere: convert them before saving.",
  },
  GF7015: {
    title: "tensors cannot be written",
    text: "A shape does not fit its data, or a name cannot stand in a file.",
  },
  GF7016: {
    title: "weights are missing",
    text: "A model runs with a number for every component of every parameter. All that does not fit is told at once: what is missing, what is not known (GF7017), what has another shape (GF7018).",
  },
  GF7017: {
    title: "weights that are no parameter of the model",
    text: "Weights that nobody takes are a sign of a misspelt name or of another model's file. Where only some models of a file are compiled, the weights of the others may be there.",
  },
  GF7018: {
    title: "weights of another shape",
    text: "A parameter has the shape that the model's sizes give it. A matrix whose rows and columns have changed places comes from a framework that stores it so: `convertRecurrentWeights` turns it.",
  },
  GF8001: {
    title: "the command is not understood",
    text: "An unknown command or option, a value that an option does not take, an argument too many or too few. `gatefold --help` and `gatefold COMMAND --help` tell what can be asked.",
  },
  GF8002: {
    title: "a file cannot be read",
    text: "The file is not there, is a folder, or may not be read.",
  },
  GF8003: {
    title: "a file is no model file",
    text: "A model file is TypeScript in UTF-8, by custom called `NAME.model.ts`.",
  },
  GF8004: {
    title: "a result cannot be written",
    text: "The system refused to write into the folder, or to where the output goes; or a folder stands where a file is to be. No file of an earlier run was changed.",
  },
  GF8005: {
    title: "options that contradict each other, or say too little",
    text: "Each of the options is possible, but not these together; or one more is needed, such as the model that is to run.",
  },
  GF8006: {
    title: "a file of inputs is no JSON",
    text: "Inputs are given as JSON: numbers, arrays of numbers, arrays of rows, and with `--inputs` one object of them by name.",
  },
  GF8007: {
    title: "weights or inputs do not fit the model",
    text: "The model was compiled and then refused what it was given. `gatefold inspect` shows the inputs and the shapes that it takes.",
  },
  GF8008: {
    title: "there is no such pass",
    text: "`gatefold inspect --list` lists the passes that run, with their numbers.",
  },
  GF8009: {
    title: "Node would not load the module",
    text: "A warning: the module is written. It is an ES module, and in a folder whose nearest `package.json` says `\"type\": \"commonjs\"`, as `npm init` writes it, Node takes a file `.js` for CommonJS. `--extension mjs` makes a file that is an ES module everywhere. Bundlers don't mind.",
  },
  GF9001: {
    title: "a mistake of Gatefold",
    text: "Something that must always hold did not. It is not the model's fault: please report it, with the model and the command. `--debug` shows where it happened.",
  },
} as const satisfies Readonly<Record<`GF${number}`, Explanation>>;

/** The code of a diagnostic. */
export type Code = keyof typeof explanations;

export function isCode(text: string): text is Code {
  return Object.hasOwn(explanations, text);
}
