/* No function at all; compiled like helpers.c. */
extern int a;
static int b __attribute__((used));
int *c = &a;
