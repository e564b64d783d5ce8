/** Ways to build the module into something: pages with a worker, and a library. Relative addresses, for any server. */
const library = (entry, outDir, formats) => ({ build: { outDir, lib: { entry, formats, fileName: "main" } } });
// Even a small file stays one: the policy of the pages lets nothing be fetched from an address that holds it.
const pages = (page, outDir) => ({ base: "./", worker: { format: "es" }, build: { outDir, assetsInlineLimit: 0, rolldownOptions: { input: [page] } } });

const modes = {
  library: () => library("main.js", "built-library", ["es", "cjs"]),
  "beside-library": () => library("beside-main.js", "built-beside-library", ["es"]),
  beside: () => pages("beside-page.html", "built-beside"),
  production: () => pages("page.html", "built-pages"),
};

export default ({ mode }) => modes[mode]();
