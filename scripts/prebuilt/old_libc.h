/* old_libc.h - included before every source of a prebuilt addon, so that it loads with an older C library than it was
 * built with: glibc 2.32 and 2.34 moved these functions out of libpthread and gave them a new version without changing
 * them, and every glibc has their first version. `npm run prebuilds` checks the result. */
#if defined(__x86_64__)
#define TIRTC_FIRST_GLIBC "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define TIRTC_FIRST_GLIBC "GLIBC_2.17"
#else
#error "define TIRTC_FIRST_GLIBC, the first version of glibc for this processor"
#endif

__asm__(".symver pthread_create,pthread_create@" TIRTC_FIRST_GLIBC);
__asm__(".symver pthread_detach,pthread_detach@" TIRTC_FIRST_GLIBC);
__asm__(".symver pthread_join,pthread_join@" TIRTC_FIRST_GLIBC);
__asm__(".symver pthread_sigmask,pthread_sigmask@" TIRTC_FIRST_GLIBC);
