/** Two ways to build the module into something: pages with a worker, and a library. Relative addresses, for any server. */
export default ({ mode }) =>
  mode === "library"
    ? { build: { outDir: "built-library", lib: { entry: "main.js", formats: ["es", "cjs"], fileName: "main" } } }
    : { base: "./", worker: { format: "es" }, build: { outDir: "built-pages", rolldownOptions: { input: ["page.html"] } } };
