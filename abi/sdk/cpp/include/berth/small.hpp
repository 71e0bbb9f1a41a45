// What keeps a module small: the library's ways of giving up print a message first, which brings printf and
// 15 KB with it. A trap with a backtrace says as much. All are weak: a program's own definitions win.
#pragma once

#include <cstdlib>
#include <new>
#include <version>

#if defined(__wasm__) && !defined(BERTH_STANDARD_NEW)

__attribute__((weak)) void* operator new(size_t size) {
  void* memory = malloc(size > 0 ? size : 1);
  if (!memory) __builtin_trap();
  return memory;
}
__attribute__((weak)) void* operator new[](size_t size) { return operator new(size); }
__attribute__((weak)) void operator delete(void* memory) noexcept { free(memory); }
__attribute__((weak)) void operator delete[](void* memory) noexcept { free(memory); }
__attribute__((weak)) void operator delete(void* memory, size_t) noexcept { free(memory); }
__attribute__((weak)) void operator delete[](void* memory, size_t) noexcept { free(memory); }
__attribute__((weak)) void* operator new(size_t size, std::align_val_t alignment) {
  size_t step = size_t(alignment);
  void* memory = aligned_alloc(step, (size + step - 1) / step * step);
  if (!memory) __builtin_trap();
  return memory;
}
__attribute__((weak)) void operator delete(void* memory, std::align_val_t) noexcept { free(memory); }
__attribute__((weak)) void operator delete(void* memory, size_t, std::align_val_t) noexcept { free(memory); }

#if defined(_LIBCPP_VERSION)
_LIBCPP_BEGIN_NAMESPACE_STD
#if _LIBCPP_VERSION >= 190000
[[noreturn]] __attribute__((weak)) void __libcpp_verbose_abort(const char*, ...) noexcept {
#else
[[noreturn]] __attribute__((weak)) void __libcpp_verbose_abort(const char*, ...) {
#endif
  __builtin_trap();
}
_LIBCPP_END_NAMESPACE_STD
#endif

#endif
