/**
 * Properties that only the runtime itself reads and writes: neither callers nor JavaScript know them, so a minifier may give
 * them shorter names. Those of a caller's model that happen to be called so are left alone, and so are these then.
 */
export const internalProperties: readonly string[] = (
  "machine definition heapOwner feeds states kept turn before fallback reserve takeHeap putHeapAside plan begin where view " +
  "offsets slot grows fixedLengths rowsIndex words word seed0 seed1 whyNoStream batched low high found total fault members " +
  "ends endsOf activate label derived"
).split(" ");
