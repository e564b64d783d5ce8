/** Programs in their text form, for the tests of what modules do with them. */

/** h' = tanh(W x + U h), put out at each step; and the last h. */
export const elman = `
program elman (time) {
  input x = x {time}[3]
  parameter u = u [4,4]
  parameter w = w [4,3]
  output h = y {time}[4]
  output last = last [4]
  buffer x: input float32[time,3]
  buffer u: parameter float32[4,4]
  buffer w: parameter float32[4,3]
  buffer h: state float32[4] source "h"
  buffer next: state float32[4] source "h"
  buffer y: output float32[time,4]
  buffer last: output float32[4]
  body {
    kernel start stage 0 (j:4) {
      h[j] = 0.0
    }
    loop t:time over time carry h to next source "h" {
      kernel step stage 0 (j:4) {
        for k:3 {
          a0 = sum w[j,k] * x[t,k]
        }
        for k:4 {
          a1 = sum u[j,k] * h[k] from a0
        }
        v0 = tanh(a1)
        next[j] = v0
        y[t,j] = v0
      }
    }
    kernel end stage 0 (j:4) {
      last[j] = h[j]
    }
  }
}
`;

/** Everything that a name from outside can be. */
export const hostileNames = [
  "*/ throw new Error('out of the comment'); /*",
  "// \n throw new Error('next line');",
  "a\u2028throw 1;//",
  "\r\nthrow 2",
  "__proto__",
  "constructor",
  "arguments",
  "eval",
  "load",
  "F",
  "`${process.exit()}`",
  "'); throw 3; ('",
  '"); throw 4; ("',
  "</script><script>",
  "\\",
  "\ud800",
  "\u202e txet",
  "",
  "0",
  "let",
  "hasOwnProperty",
  "toString",
];
