/**
 * Every instruction that V8 15 accepts, as text: a line per shape, `immediates signature: code name, code name …`.
 *
 * Immediates are named for what they mean; their encoding is in `opcodes.ts`. In a signature `i I f F v` stand for
 * i32 i64 f32 f64 v128; `*` for what depends on the immediates or on reference types.
 * Source: WebAssembly 3.0, "Binary format / Instructions" (with the legacy exception handling that V8 still takes)
 * and the threads proposal.
 */

/** Instructions of one byte. */
export const CORE = `
- *: 00 unreachable, 01 nop, 05 else, 0a throw_ref, 0b end, 0f return, 19 catch_all, 1a drop, 1b select
block *: 02 block, 03 loop, 04 if, 06 try
tryTable *: 1f try_table
tag *: 07 catch, 08 throw
label *: 09 rethrow, 0c br, 0d br_if, 18 delegate, d5 br_on_null, d6 br_on_non_null
labels *: 0e br_table
func *: 10 call, 12 return_call, d2 ref.func
typeTable *: 11 call_indirect, 13 return_call_indirect
type *: 14 call_ref, 15 return_call_ref
types *: 1c select_t
local *: 20 local.get, 21 local.set, 22 local.tee
global *: 23 global.get, 24 global.set
table *: 25 table.get, 26 table.set
mem i:i: 40 memory.grow
mem :i: 3f memory.size
heap *: d0 ref.null
- *: d1 ref.is_null, d3 ref.eq, d4 ref.as_non_null
memarg i:i: 28 i32.load, 2c i32.load8_s, 2d i32.load8_u, 2e i32.load16_s, 2f i32.load16_u
memarg i:I: 29 i64.load, 30 i64.load8_s, 31 i64.load8_u, 32 i64.load16_s, 33 i64.load16_u, 34 i64.load32_s, 35 i64.load32_u
memarg i:f: 2a f32.load
memarg i:F: 2b f64.load
memarg ii:: 36 i32.store, 3a i32.store8, 3b i32.store16
memarg iI:: 37 i64.store, 3c i64.store8, 3d i64.store16, 3e i64.store32
memarg if:: 38 f32.store
memarg iF:: 39 f64.store
number :i: 41 i32.const
number :I: 42 i64.const
bytes4 :f: 43 f32.const
bytes8 :F: 44 f64.const
- i:i: 45 i32.eqz, 67 i32.clz, 68 i32.ctz, 69 i32.popcnt, c0 i32.extend8_s, c1 i32.extend16_s
- ii:i: 46 i32.eq, 47 i32.ne, 48 i32.lt_s, 49 i32.lt_u, 4a i32.gt_s, 4b i32.gt_u, 4c i32.le_s, 4d i32.le_u, 4e i32.ge_s, 4f i32.ge_u
- ii:i: 6a i32.add, 6b i32.sub, 6c i32.mul, 6d i32.div_s, 6e i32.div_u, 6f i32.rem_s, 70 i32.rem_u, 71 i32.and, 72 i32.or, 73 i32.xor
- ii:i: 74 i32.shl, 75 i32.shr_s, 76 i32.shr_u, 77 i32.rotl, 78 i32.rotr
- I:i: 50 i64.eqz, a7 i32.wrap_i64
- II:i: 51 i64.eq, 52 i64.ne, 53 i64.lt_s, 54 i64.lt_u, 55 i64.gt_s, 56 i64.gt_u, 57 i64.le_s, 58 i64.le_u, 59 i64.ge_s, 5a i64.ge_u
- I:I: 79 i64.clz, 7a i64.ctz, 7b i64.popcnt, c2 i64.extend8_s, c3 i64.extend16_s, c4 i64.extend32_s
- II:I: 7c i64.add, 7d i64.sub, 7e i64.mul, 7f i64.div_s, 80 i64.div_u, 81 i64.rem_s, 82 i64.rem_u, 83 i64.and, 84 i64.or, 85 i64.xor
- II:I: 86 i64.shl, 87 i64.shr_s, 88 i64.shr_u, 89 i64.rotl, 8a i64.rotr
- ff:i: 5b f32.eq, 5c f32.ne, 5d f32.lt, 5e f32.gt, 5f f32.le, 60 f32.ge
- FF:i: 61 f64.eq, 62 f64.ne, 63 f64.lt, 64 f64.gt, 65 f64.le, 66 f64.ge
- f:f: 8b f32.abs, 8c f32.neg, 8d f32.ceil, 8e f32.floor, 8f f32.trunc, 90 f32.nearest, 91 f32.sqrt
- ff:f: 92 f32.add, 93 f32.sub, 94 f32.mul, 95 f32.div, 96 f32.min, 97 f32.max, 98 f32.copysign
- F:F: 99 f64.abs, 9a f64.neg, 9b f64.ceil, 9c f64.floor, 9d f64.trunc, 9e f64.nearest, 9f f64.sqrt
- FF:F: a0 f64.add, a1 f64.sub, a2 f64.mul, a3 f64.div, a4 f64.min, a5 f64.max, a6 f64.copysign
- f:i: a8 i32.trunc_f32_s, a9 i32.trunc_f32_u, bc i32.reinterpret_f32
- F:i: aa i32.trunc_f64_s, ab i32.trunc_f64_u
- i:I: ac i64.extend_i32_s, ad i64.extend_i32_u
- f:I: ae i64.trunc_f32_s, af i64.trunc_f32_u
- F:I: b0 i64.trunc_f64_s, b1 i64.trunc_f64_u, bd i64.reinterpret_f64
- i:f: b2 f32.convert_i32_s, b3 f32.convert_i32_u, be f32.reinterpret_i32
- I:f: b4 f32.convert_i64_s, b5 f32.convert_i64_u
- F:f: b6 f32.demote_f64
- i:F: b7 f64.convert_i32_s, b8 f64.convert_i32_u
- I:F: b9 f64.convert_i64_s, ba f64.convert_i64_u, bf f64.reinterpret_i64
- f:F: bb f64.promote_f32
`;

/** Instructions behind the prefix 0xfb: garbage-collected objects. */
export const GC = `
type *: 00 struct.new, 01 struct.new_default
typeField *: 02 struct.get, 03 struct.get_s, 04 struct.get_u, 05 struct.set
type *: 06 array.new, 07 array.new_default, 0b array.get, 0c array.get_s, 0d array.get_u, 0e array.set, 10 array.fill
typeCount *: 08 array.new_fixed
typeData *: 09 array.new_data, 12 array.init_data
typeElem *: 0a array.new_elem, 13 array.init_elem
- *: 0f array.len, 1a any.convert_extern, 1b extern.convert_any, 1c ref.i31, 1d i31.get_s, 1e i31.get_u
typeType *: 11 array.copy
heap *: 14 ref.test, 15 ref.test_null, 16 ref.cast, 17 ref.cast_null
cast *: 18 br_on_cast, 19 br_on_cast_fail
`;

/** Instructions behind the prefix 0xfc: saturating conversions, bulk memory and tables. */
export const MISC = `
- f:i: 00 i32.trunc_sat_f32_s, 01 i32.trunc_sat_f32_u
- F:i: 02 i32.trunc_sat_f64_s, 03 i32.trunc_sat_f64_u
- f:I: 04 i64.trunc_sat_f32_s, 05 i64.trunc_sat_f32_u
- F:I: 06 i64.trunc_sat_f64_s, 07 i64.trunc_sat_f64_u
dataMem iii:: 08 memory.init
data :: 09 data.drop
memMem iii:: 0a memory.copy
mem iii:: 0b memory.fill
elemTable iii:: 0c table.init
elem :: 0d elem.drop
tableTable iii:: 0e table.copy
table *: 0f table.grow, 11 table.fill
table :i: 10 table.size
`;

/** Instructions behind the prefix 0xfd: SIMD and relaxed SIMD. */
export const SIMD = `
memarg i:v: 00 v128.load, 01 v128.load8x8_s, 02 v128.load8x8_u, 03 v128.load16x4_s, 04 v128.load16x4_u, 05 v128.load32x2_s, 06 v128.load32x2_u
memarg i:v: 07 v128.load8_splat, 08 v128.load16_splat, 09 v128.load32_splat, 0a v128.load64_splat, 5c v128.load32_zero, 5d v128.load64_zero
memarg iv:: 0b v128.store
bytes16 :v: 0c v128.const
bytes16 vv:v: 0d i8x16.shuffle
memargLane iv:v: 54 v128.load8_lane, 55 v128.load16_lane, 56 v128.load32_lane, 57 v128.load64_lane
memargLane iv:: 58 v128.store8_lane, 59 v128.store16_lane, 5a v128.store32_lane, 5b v128.store64_lane
- i:v: 0f i8x16.splat, 10 i16x8.splat, 11 i32x4.splat
- I:v: 12 i64x2.splat
- f:v: 13 f32x4.splat
- F:v: 14 f64x2.splat
lane v:i: 15 i8x16.extract_lane_s, 16 i8x16.extract_lane_u, 18 i16x8.extract_lane_s, 19 i16x8.extract_lane_u, 1b i32x4.extract_lane
lane v:I: 1d i64x2.extract_lane
lane v:f: 1f f32x4.extract_lane
lane v:F: 21 f64x2.extract_lane
lane vi:v: 17 i8x16.replace_lane, 1a i16x8.replace_lane, 1c i32x4.replace_lane
lane vI:v: 1e i64x2.replace_lane
lane vf:v: 20 f32x4.replace_lane
lane vF:v: 22 f64x2.replace_lane
- vv:v: 0e i8x16.swizzle, 4e v128.and, 4f v128.andnot, 50 v128.or, 51 v128.xor
- vv:v: 23 i8x16.eq, 24 i8x16.ne, 25 i8x16.lt_s, 26 i8x16.lt_u, 27 i8x16.gt_s, 28 i8x16.gt_u, 29 i8x16.le_s, 2a i8x16.le_u, 2b i8x16.ge_s, 2c i8x16.ge_u
- vv:v: 2d i16x8.eq, 2e i16x8.ne, 2f i16x8.lt_s, 30 i16x8.lt_u, 31 i16x8.gt_s, 32 i16x8.gt_u, 33 i16x8.le_s, 34 i16x8.le_u, 35 i16x8.ge_s, 36 i16x8.ge_u
- vv:v: 37 i32x4.eq, 38 i32x4.ne, 39 i32x4.lt_s, 3a i32x4.lt_u, 3b i32x4.gt_s, 3c i32x4.gt_u, 3d i32x4.le_s, 3e i32x4.le_u, 3f i32x4.ge_s, 40 i32x4.ge_u
- vv:v: 41 f32x4.eq, 42 f32x4.ne, 43 f32x4.lt, 44 f32x4.gt, 45 f32x4.le, 46 f32x4.ge, 47 f64x2.eq, 48 f64x2.ne, 49 f64x2.lt, 4a f64x2.gt, 4b f64x2.le, 4c f64x2.ge
- v:v: 4d v128.not, 5e f32x4.demote_f64x2_zero, 5f f64x2.promote_low_f32x4, 60 i8x16.abs, 61 i8x16.neg, 62 i8x16.popcnt
- vvv:v: 52 v128.bitselect
- v:i: 53 v128.any_true, 63 i8x16.all_true, 64 i8x16.bitmask, 83 i16x8.all_true, 84 i16x8.bitmask
- v:i: a3 i32x4.all_true, a4 i32x4.bitmask, c3 i64x2.all_true, c4 i64x2.bitmask
- vi:v: 6b i8x16.shl, 6c i8x16.shr_s, 6d i8x16.shr_u, 8b i16x8.shl, 8c i16x8.shr_s, 8d i16x8.shr_u
- vi:v: ab i32x4.shl, ac i32x4.shr_s, ad i32x4.shr_u, cb i64x2.shl, cc i64x2.shr_s, cd i64x2.shr_u
- v:v: 67 f32x4.ceil, 68 f32x4.floor, 69 f32x4.trunc, 6a f32x4.nearest, 74 f64x2.ceil, 75 f64x2.floor, 7a f64x2.trunc, 94 f64x2.nearest
- v:v: 7c i16x8.extadd_pairwise_i8x16_s, 7d i16x8.extadd_pairwise_i8x16_u, 7e i32x4.extadd_pairwise_i16x8_s, 7f i32x4.extadd_pairwise_i16x8_u
- vv:v: 65 i8x16.narrow_i16x8_s, 66 i8x16.narrow_i16x8_u, 6e i8x16.add, 6f i8x16.add_sat_s, 70 i8x16.add_sat_u
- vv:v: 71 i8x16.sub, 72 i8x16.sub_sat_s, 73 i8x16.sub_sat_u, 76 i8x16.min_s, 77 i8x16.min_u, 78 i8x16.max_s, 79 i8x16.max_u, 7b i8x16.avgr_u
- v:v: 80 i16x8.abs, 81 i16x8.neg, 87 i16x8.extend_low_i8x16_s, 88 i16x8.extend_high_i8x16_s, 89 i16x8.extend_low_i8x16_u, 8a i16x8.extend_high_i8x16_u
- vv:v: 82 i16x8.q15mulr_sat_s, 85 i16x8.narrow_i32x4_s, 86 i16x8.narrow_i32x4_u, 8e i16x8.add, 8f i16x8.add_sat_s, 90 i16x8.add_sat_u
- vv:v: 91 i16x8.sub, 92 i16x8.sub_sat_s, 93 i16x8.sub_sat_u, 95 i16x8.mul, 96 i16x8.min_s, 97 i16x8.min_u, 98 i16x8.max_s, 99 i16x8.max_u, 9b i16x8.avgr_u
- vv:v: 9c i16x8.extmul_low_i8x16_s, 9d i16x8.extmul_high_i8x16_s, 9e i16x8.extmul_low_i8x16_u, 9f i16x8.extmul_high_i8x16_u
- v:v: a0 i32x4.abs, a1 i32x4.neg, a7 i32x4.extend_low_i16x8_s, a8 i32x4.extend_high_i16x8_s, a9 i32x4.extend_low_i16x8_u, aa i32x4.extend_high_i16x8_u
- vv:v: ae i32x4.add, b1 i32x4.sub, b5 i32x4.mul, b6 i32x4.min_s, b7 i32x4.min_u, b8 i32x4.max_s, b9 i32x4.max_u, ba i32x4.dot_i16x8_s
- vv:v: bc i32x4.extmul_low_i16x8_s, bd i32x4.extmul_high_i16x8_s, be i32x4.extmul_low_i16x8_u, bf i32x4.extmul_high_i16x8_u
- v:v: c0 i64x2.abs, c1 i64x2.neg, c7 i64x2.extend_low_i32x4_s, c8 i64x2.extend_high_i32x4_s, c9 i64x2.extend_low_i32x4_u, ca i64x2.extend_high_i32x4_u
- vv:v: ce i64x2.add, d1 i64x2.sub, d5 i64x2.mul, d6 i64x2.eq, d7 i64x2.ne, d8 i64x2.lt_s, d9 i64x2.gt_s, da i64x2.le_s, db i64x2.ge_s
- vv:v: dc i64x2.extmul_low_i32x4_s, dd i64x2.extmul_high_i32x4_s, de i64x2.extmul_low_i32x4_u, df i64x2.extmul_high_i32x4_u
- v:v: e0 f32x4.abs, e1 f32x4.neg, e3 f32x4.sqrt, ec f64x2.abs, ed f64x2.neg, ef f64x2.sqrt
- vv:v: e4 f32x4.add, e5 f32x4.sub, e6 f32x4.mul, e7 f32x4.div, e8 f32x4.min, e9 f32x4.max, ea f32x4.pmin, eb f32x4.pmax
- vv:v: f0 f64x2.add, f1 f64x2.sub, f2 f64x2.mul, f3 f64x2.div, f4 f64x2.min, f5 f64x2.max, f6 f64x2.pmin, f7 f64x2.pmax
- v:v: f8 i32x4.trunc_sat_f32x4_s, f9 i32x4.trunc_sat_f32x4_u, fa f32x4.convert_i32x4_s, fb f32x4.convert_i32x4_u
- v:v: fc i32x4.trunc_sat_f64x2_s_zero, fd i32x4.trunc_sat_f64x2_u_zero, fe f64x2.convert_low_i32x4_s, ff f64x2.convert_low_i32x4_u
- vv:v: 100 i8x16.relaxed_swizzle, 10d f32x4.relaxed_min, 10e f32x4.relaxed_max, 10f f64x2.relaxed_min, 110 f64x2.relaxed_max
- v:v: 101 i32x4.relaxed_trunc_f32x4_s, 102 i32x4.relaxed_trunc_f32x4_u, 103 i32x4.relaxed_trunc_f64x2_s_zero, 104 i32x4.relaxed_trunc_f64x2_u_zero
- vvv:v: 105 f32x4.relaxed_madd, 106 f32x4.relaxed_nmadd, 107 f64x2.relaxed_madd, 108 f64x2.relaxed_nmadd
- vvv:v: 109 i8x16.relaxed_laneselect, 10a i16x8.relaxed_laneselect, 10b i32x4.relaxed_laneselect, 10c i64x2.relaxed_laneselect
- vv:v: 111 i16x8.relaxed_q15mulr_s, 112 i16x8.relaxed_dot_i8x16_i7x16_s
- vvv:v: 113 i32x4.relaxed_dot_i8x16_i7x16_add_s
`;

/** Instructions behind the prefix 0xfe: atomics, which also work on memories that are not shared. */
export const ATOMIC = `
memarg ii:i: 00 memory.atomic.notify
memarg iiI:i: 01 memory.atomic.wait32
memarg iII:i: 02 memory.atomic.wait64
lane :: 03 atomic.fence
memarg i:i: 10 i32.atomic.load, 12 i32.atomic.load8_u, 13 i32.atomic.load16_u
memarg i:I: 11 i64.atomic.load, 14 i64.atomic.load8_u, 15 i64.atomic.load16_u, 16 i64.atomic.load32_u
memarg ii:: 17 i32.atomic.store, 19 i32.atomic.store8, 1a i32.atomic.store16
memarg iI:: 18 i64.atomic.store, 1b i64.atomic.store8, 1c i64.atomic.store16, 1d i64.atomic.store32
memarg ii:i: 1e i32.atomic.rmw.add, 20 i32.atomic.rmw8.add_u, 21 i32.atomic.rmw16.add_u
memarg iI:I: 1f i64.atomic.rmw.add, 22 i64.atomic.rmw8.add_u, 23 i64.atomic.rmw16.add_u, 24 i64.atomic.rmw32.add_u
memarg ii:i: 25 i32.atomic.rmw.sub, 27 i32.atomic.rmw8.sub_u, 28 i32.atomic.rmw16.sub_u
memarg iI:I: 26 i64.atomic.rmw.sub, 29 i64.atomic.rmw8.sub_u, 2a i64.atomic.rmw16.sub_u, 2b i64.atomic.rmw32.sub_u
memarg ii:i: 2c i32.atomic.rmw.and, 2e i32.atomic.rmw8.and_u, 2f i32.atomic.rmw16.and_u
memarg iI:I: 2d i64.atomic.rmw.and, 30 i64.atomic.rmw8.and_u, 31 i64.atomic.rmw16.and_u, 32 i64.atomic.rmw32.and_u
memarg ii:i: 33 i32.atomic.rmw.or, 35 i32.atomic.rmw8.or_u, 36 i32.atomic.rmw16.or_u
memarg iI:I: 34 i64.atomic.rmw.or, 37 i64.atomic.rmw8.or_u, 38 i64.atomic.rmw16.or_u, 39 i64.atomic.rmw32.or_u
memarg ii:i: 3a i32.atomic.rmw.xor, 3c i32.atomic.rmw8.xor_u, 3d i32.atomic.rmw16.xor_u
memarg iI:I: 3b i64.atomic.rmw.xor, 3e i64.atomic.rmw8.xor_u, 3f i64.atomic.rmw16.xor_u, 40 i64.atomic.rmw32.xor_u
memarg ii:i: 41 i32.atomic.rmw.xchg, 43 i32.atomic.rmw8.xchg_u, 44 i32.atomic.rmw16.xchg_u
memarg iI:I: 42 i64.atomic.rmw.xchg, 45 i64.atomic.rmw8.xchg_u, 46 i64.atomic.rmw16.xchg_u, 47 i64.atomic.rmw32.xchg_u
memarg iii:i: 48 i32.atomic.rmw.cmpxchg, 4a i32.atomic.rmw8.cmpxchg_u, 4b i32.atomic.rmw16.cmpxchg_u
memarg iII:I: 49 i64.atomic.rmw.cmpxchg, 4c i64.atomic.rmw8.cmpxchg_u, 4d i64.atomic.rmw16.cmpxchg_u, 4e i64.atomic.rmw32.cmpxchg_u
`;
