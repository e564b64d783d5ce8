/**
 * Who may import whom: the import table of the architecture, and what breaks it.
 *
 * Each level of the compiler knows only the levels under it, so that a pass
 * cannot depend on the syntax that a model was written in, nor a backend on the
 * pass that made its input, and any of them can be read, tested and replaced
 * alone.
 */
import type { SourceFile } from "./source-tree.js";

/** A part of src/: a folder, or a file that stands in src/ itself. */
type Part = keyof typeof allowedImports;

/** For each part, the other parts that its files may import. */
const allowedImports = {
  "index.ts": ["compile.ts", "support", "ir", "frontend", "formats", "training"],
  "compile.ts": ["compile", "support", "ir", "passes", "frontend", "backends", "backends/*", "runtime", "formats"],
  /** An entry of its own to the package, because what it needs is large. */
  "minify.ts": ["backends", "support"],
  /** Parts of the driver that nobody else imports: its options, the targets, what it tells. */
  compile: ["support", "ir", "passes", "backends", "backends/*", "formats"],
  support: [],
  ir: ["support"],
  passes: ["ir", "support"],
  frontend: ["ir", "support"],
  /** Files in src/backends itself: what all backends share, such as their interface. */
  backends: ["ir", "support", "runtime"],
  /** Each folder in src/backends: one target. */
  "backends/*": ["backends", "ir", "support", "runtime"],
  runtime: [],
  formats: ["support"],
  training: ["formats", "support"],
  cli: ["compile.ts", "minify.ts", "support", "formats", "training"],
} as const satisfies Record<string, readonly string[]>;

/**
 * Folders inside a part, lowest first: each may import those before it. What stands beside them, such as a catalogue, is
 * everyone's.
 */
const layers: Readonly<Partial<Record<Part, readonly string[]>>> = {
  frontend: ["syntax", "reader", "values", "operations", "files", "evaluate", "models"],
};

/** For each package, where in src/ it may be imported: the only gate through which it enters. */
const allowedPackages: Readonly<Record<string, RegExp>> = {
  "ts-morph": /^frontend\/reader\//,
  "@babel/code-frame": /^support\//,
  picocolors: /^(support|cli)\//,
  commander: /^cli\//,
  terser: /^minify\.ts$/,
};

const nodeModules = /^cli\//;

/** All places where a file imports what its part may not, as sentences. */
export function importFaults(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [...internalFaults(file), ...externalFaults(file)]);
}

function internalFaults({ path, internal }: SourceFile): string[] {
  const part = partOf(path);
  if (part === undefined) return [`src/${path} belongs to no part of the import table`];
  return internal.flatMap((target) => {
    const targetPart = partOf(target);
    if (targetPart === undefined) return [`src/${path} imports ${target}, which belongs to no part of src`];
    if (targetPart === part) {
      const crosses = part === "backends/*" && backendOf(path) !== backendOf(target);
      if (crosses) return [`src/${path} imports src/${target}: backends never import each other`];
      const [own, other] = [path, target].map((file) => layers[part]?.indexOf(file.split("/")[1] ?? "") ?? -1);
      return own !== undefined && other !== undefined && own >= 0 && other > own ? [`src/${path} imports src/${target}, which lies above it`] : [];
    }
    const allowed: readonly Part[] = allowedImports[part];
    return allowed.includes(targetPart) ? [] : [`src/${path} imports src/${target}: ${part} may not import ${targetPart}`];
  });
}

function externalFaults({ path, external }: SourceFile): string[] {
  return external
    .filter((specifier) => {
      if (specifier.startsWith("node:")) return !nodeModules.test(path);
      // A model file is written in the model language, whose words come from the package itself.
      if (path.endsWith(".model.ts")) return specifier !== "gatefold";
      return !(allowedPackages[packageName(specifier)]?.test(path) ?? false);
    })
    .map((specifier) => `src/${path} imports ${specifier}, which is not allowed there`);
}

function partOf(path: string): Part | undefined {
  const segments = path.split("/");
  const [first = "", second] = segments;
  const name = first === "backends" && segments.length > 2 ? "backends/*" : first;
  // A file in src/ itself is a part by its own name; a folder is one only for what lies in it.
  if (!isPart(name) || name.endsWith(".ts") !== (second === undefined)) return undefined;
  return name;
}

function isPart(name: string): name is Part {
  return Object.hasOwn(allowedImports, name);
}

function backendOf(path: string): string | undefined {
  return path.split("/")[1];
}

/** "@scope/name/sub" and "name/sub" without what follows the package's name. */
function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/**
 * Groups of files that import each other in a circle, each group sorted: the
 * strongly connected components of more than one file (Tarjan, 1972), and files
 * that import themselves.
 */
export function importCircles(files: readonly SourceFile[]): string[][] {
  const imports = new Map(files.map((file) => [file.path, file.internal]));
  const order = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const circles: string[][] = [];

  const visit = (file: string): number => {
    const index = order.size;
    order.set(file, index);
    open.push(file);
    isOpen.add(file);
    let low = index;
    for (const target of imports.get(file) ?? []) {
      if (!imports.has(target)) continue;
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (isOpen.has(target)) low = Math.min(low, order.get(target) ?? low);
    }
    if (low === index) {
      const group = open.splice(open.indexOf(file));
      for (const member of group) isOpen.delete(member);
      if (group.length > 1 || (imports.get(file) ?? []).includes(file)) circles.push(group.sort());
    }
    return low;
  };
  for (const { path } of files) if (!order.has(path)) visit(path);
  return circles;
}
