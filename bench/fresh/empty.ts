/** What it takes to start a process at all. */
export {};
