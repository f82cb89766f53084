static inline int twice(int n) { return 2 * n; }

extern int counter;
static inline int next_number(void) { return ++counter; }

#ifdef MODULE
#define KIND 'm'
#else
#define KIND 'y'
#endif
