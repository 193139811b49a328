/* old_libc.c - symbols that older libraries do not have, for this addon only (see old_libc.h). */
#include <stdlib.h>

#define OURS __attribute__((visibility("hidden")))

/** Since glibc 2.32: tells libstdc++ whether it may count references without atomic instructions. It may not. */
OURS char __libc_single_threaded = 0;

/** std::__throw_bad_array_new_length() of libstdc++ 11, called for an array that is too large for any memory. */
OURS _Noreturn void _ZSt28__throw_bad_array_new_lengthv(void);

void _ZSt28__throw_bad_array_new_lengthv(void)
{
    abort();
}
