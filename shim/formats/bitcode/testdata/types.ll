; types.bc: llvm-as types.ll; LLVM 19.1.7.
%pair = type { i64, i64 }
%opaque = type opaque
declare i64 @integers(i1, i8, i24, i128)
declare double @floats(float, fp128)
declare ptr @pointers(ptr addrspace(3))
declare [2 x i64] @arrays([1 x i32], [0 x ptr])
declare { i64, i32 } @structures({}, <{ i8, i32 }>, { { i16 } })
declare %pair @named(%pair, %opaque)
declare <4 x i32> @vectors(<2 x double>)
declare void @variadic(i32, ...)
declare void @only_dots(...)
declare half @unknown()
define void @defined() {
  ret void
}
