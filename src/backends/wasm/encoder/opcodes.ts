/**
 * The instructions of WebAssembly that this backend uses, with their numbers (WebAssembly Core 3.0, section 5.4). Those of
 * fixed-width SIMD stand behind the byte 0xfd, saturating conversions and bulk memory behind 0xfc.
 */

/** Instructions without an immediate operand: prefix (0 for none) and number. */
export const plainOpcodes = {
  drop: [0, 0x1a],
  select: [0, 0x1b],
  "i32.eqz": [0, 0x45],
  "i32.eq": [0, 0x46],
  "i32.ne": [0, 0x47],
  "i32.lt_s": [0, 0x48],
  "i32.lt_u": [0, 0x49],
  "i32.gt_s": [0, 0x4a],
  "i32.gt_u": [0, 0x4b],
  "i32.le_s": [0, 0x4c],
  "i32.ge_s": [0, 0x4e],
  "f32.eq": [0, 0x5b],
  "f32.ne": [0, 0x5c],
  "f32.lt": [0, 0x5d],
  "f32.gt": [0, 0x5e],
  "f32.le": [0, 0x5f],
  "f64.lt": [0, 0x63],
  "i32.add": [0, 0x6a],
  "i32.sub": [0, 0x6b],
  "i32.mul": [0, 0x6c],
  "i32.div_s": [0, 0x6d],
  "i32.rem_s": [0, 0x6f],
  "i32.and": [0, 0x71],
  "i32.or": [0, 0x72],
  "i32.xor": [0, 0x73],
  "i32.shl": [0, 0x74],
  "i32.shr_s": [0, 0x75],
  "i32.shr_u": [0, 0x76],
  "i32.rotl": [0, 0x77],
  "f32.abs": [0, 0x8b],
  "f32.neg": [0, 0x8c],
  "f32.floor": [0, 0x8e],
  "f32.sqrt": [0, 0x91],
  "f32.add": [0, 0x92],
  "f32.sub": [0, 0x93],
  "f32.mul": [0, 0x94],
  "f32.div": [0, 0x95],
  "f32.min": [0, 0x96],
  "f32.max": [0, 0x97],
  "f64.neg": [0, 0x9a],
  "f64.floor": [0, 0x9c],
  "f64.add": [0, 0xa0],
  "f64.sub": [0, 0xa1],
  "f64.mul": [0, 0xa2],
  "f64.div": [0, 0xa3],
  "f32.convert_i32_s": [0, 0xb2],
  "f32.demote_f64": [0, 0xb6],
  "f64.convert_i32_s": [0, 0xb7],
  "f64.promote_f32": [0, 0xbb],
  "i32.trunc_sat_f32_s": [0xfc, 0],
  "i32.trunc_sat_f64_s": [0xfc, 2],
  "i32x4.splat": [0xfd, 0x11],
  "f32x4.splat": [0xfd, 0x13],
  "i32x4.eq": [0xfd, 0x37],
  "i32x4.ne": [0xfd, 0x38],
  "i32x4.lt_s": [0xfd, 0x39],
  "i32x4.le_s": [0xfd, 0x3d],
  "f32x4.eq": [0xfd, 0x41],
  "f32x4.ne": [0xfd, 0x42],
  "f32x4.lt": [0xfd, 0x43],
  "f32x4.gt": [0xfd, 0x44],
  "f32x4.le": [0xfd, 0x45],
  "v128.not": [0xfd, 0x4d],
  "v128.and": [0xfd, 0x4e],
  "v128.or": [0xfd, 0x50],
  "v128.xor": [0xfd, 0x51],
  "v128.bitselect": [0xfd, 0x52],
  "f32x4.floor": [0xfd, 0x68],
  "i32x4.abs": [0xfd, 0xa0],
  "i32x4.neg": [0xfd, 0xa1],
  "i32x4.shl": [0xfd, 0xab],
  "i32x4.add": [0xfd, 0xae],
  "i32x4.sub": [0xfd, 0xb1],
  "i32x4.mul": [0xfd, 0xb5],
  "i8x16.narrow_i16x8_s": [0xfd, 0x65],
  "i16x8.narrow_i32x4_s": [0xfd, 0x85],
  "i32x4.min_s": [0xfd, 0xb6],
  "i32x4.max_s": [0xfd, 0xb8],
  "i32x4.dot_i16x8_s": [0xfd, 0xba],
  "f32x4.abs": [0xfd, 0xe0],
  "f32x4.neg": [0xfd, 0xe1],
  "f32x4.sqrt": [0xfd, 0xe3],
  "f32x4.add": [0xfd, 0xe4],
  "f32x4.sub": [0xfd, 0xe5],
  "f32x4.mul": [0xfd, 0xe6],
  "f32x4.div": [0xfd, 0xe7],
  "f32x4.min": [0xfd, 0xe8],
  "f32x4.max": [0xfd, 0xe9],
  "f32x4.pmin": [0xfd, 0xea],
  "f32x4.pmax": [0xfd, 0xeb],
  "i32x4.trunc_sat_f32x4_s": [0xfd, 0xf8],
  "f32x4.convert_i32x4_s": [0xfd, 0xfa],
  "f32x4.relaxed_madd": [0xfd, 0x105],
} as const;

/** Loads and stores: prefix, number, and the alignment that elements have (as a power of two). */
export const memoryOpcodes = {
  "i32.load": [0, 0x28, 2],
  "f32.load": [0, 0x2a, 2],
  "i32.load8_s": [0, 0x2c, 0],
  "i32.load16_s": [0, 0x2e, 1],
  "i32.store": [0, 0x36, 2],
  "f32.store": [0, 0x38, 2],
  "i32.store8": [0, 0x3a, 0],
  "i32.store16": [0, 0x3b, 1],
  "v128.load": [0xfd, 0x00, 2],
  "v128.load8x8_s": [0xfd, 0x01, 3],
  "v128.load32_splat": [0xfd, 0x09, 2],
  "v128.store": [0xfd, 0x0b, 2],
} as const;

/** Loads and stores of one lane. */
export const laneMemoryOpcodes = {
  "v128.load32_lane": [0xfd, 0x56, 2],
  "v128.store32_lane": [0xfd, 0x5a, 2],
  "v128.store64_lane": [0xfd, 0x5b, 2],
} as const;

/** Reading and replacing a lane. */
export const laneOpcodes = {
  "i32x4.extract_lane": [0xfd, 0x1b],
  "i32x4.replace_lane": [0xfd, 0x1c],
  "f32x4.extract_lane": [0xfd, 0x1f],
  "f32x4.replace_lane": [0xfd, 0x20],
} as const;

export type PlainOp = keyof typeof plainOpcodes;
export type MemoryOp = keyof typeof memoryOpcodes;
export type LaneMemoryOp = keyof typeof laneMemoryOpcodes;
export type LaneOp = keyof typeof laneOpcodes;

export type ValueType = "i32" | "f32" | "f64" | "v128";

export const valueTypeBytes: { readonly [T in ValueType]: number } = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };
