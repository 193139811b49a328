/* old_libc.c - what newer libraries have and older ones do not, for this addon alone (see old_libc.h). */
#include <stdlib.h>

#define OURS __attribute__((visibility("hidden")))

/** glibc 2.32 has it; libstdc++ asks whether it may count references without atomic instructions. It may not. */
OURS char __libc_single_threaded = 0;

/** std::__throw_bad_array_new_length() of libstdc++ 11: somebody asked for more elements than memory can have. */
OURS _Noreturn void _ZSt28__throw_bad_array_new_lengthv(void);

void _ZSt28__throw_bad_array_new_lengthv(void)
{
    abort();
}
