/* Helpers as a kernel has them: one file that includes the others. */
#include <linux/numbers.h>
#include "numbers.c"
