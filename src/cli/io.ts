/**
 * What a command sees of the world, and how it ends. Commands get it handed in, so that tests can run them inside one
 * process and look at everything they say.
 */

/** Exit statuses: 0 done; 1 the model is at fault, 2 the call is; 70 (EX_SOFTWARE) we are. */
export const exitStatus = { done: 0, model: 1, call: 2, internal: 70 } as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

export interface CommandIo {
  /** Results: on standard output, and nothing else. */
  out(text: string): void;
  /** Everything that is said about them: on standard error. */
  err(text: string): void;
  /** Whether standard error is a terminal that shows colours. */
  readonly color: boolean;
  /** Paths on the command line are relative to it. */
  readonly cwd: string;
}
