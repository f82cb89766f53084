#include "types.h"

/* What a helper makes of a structure says where it was passed. */
#define HELPERS(name, members...)                                                  \
	struct t_##name { members };                                               \
	struct t_##name rust_helper_ret_##name(struct t_##name *p) { return *p; }  \
	int rust_helper_arg_##name(int x, struct t_##name v, int y)                \
	{                                                                          \
		int sum = x * 3 + y * 5;                                           \
		for (unsigned i = 0; i < sizeof(v); i++)                           \
			sum = sum * 7 + ((unsigned char *)&v)[i];                  \
		return sum;                                                        \
	}
STRUCTURES(HELPERS)

_Bool rust_helper_ret_bool(_Bool *p) { return *p; }
int rust_helper_arg_bool(int x, _Bool v, int y) { return x + v * 2 + y; }
short rust_helper_ret_short(short *p) { return *p; }
int rust_helper_arg_short(int x, short v, int y) { return x + v * 2 + y; }
