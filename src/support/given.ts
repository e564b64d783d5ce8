/** Options as one may pass them on: to what takes options, one that is undefined is not the same as one that was not given. */

type Undefined<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

export type Given<T> = Omit<T, Undefined<T>> & { readonly [K in Undefined<T>]?: Exclude<T[K], undefined> };

/** Those of them that are not undefined. */
export function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}
