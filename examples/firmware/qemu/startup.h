/* From reset to main(). */
#ifndef STARTUP_H
#define STARTUP_H

/** The SysTick interrupt; the board defines it. */
void startup_tick(void);

#endif
