/**
 * The k largest, kept sorted in two arrays of length k. A value goes before those that it is larger than; NaN counts as
 * larger than every number; among equals the first stays first.
 */
export const insertTopText = `
function insertTop(values, ids, count, value, id) {
  let place = count;
  while (place > 0 && (value > values[place - 1] || (value !== value && values[place - 1] === values[place - 1]))) place--;
  if (place === values.length) return count;
  const last = count < values.length ? count : values.length - 1;
  for (let i = last; i > place; i--) {
    values[i] = values[i - 1];
    ids[i] = ids[i - 1];
  }
  values[place] = value;
  ids[place] = id;
  return last + 1;
}
`.trimStart();
