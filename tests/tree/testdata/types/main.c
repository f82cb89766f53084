#include <stdio.h>
#include <string.h>
#include "types.h"

/*
 * Calls each function of the crate with memory full of a pattern, and prints what comes out. The bytes between and
 * behind the members are not passed, and are zero.
 */
#define CALL(name, members...)                                                     \
	{                                                                          \
		struct t_##name { members };                                       \
		extern void ret_##name(struct t_##name *, struct t_##name *);      \
		extern int arg_##name(struct t_##name *);                          \
		struct t_##name from, to;                                          \
		memset(&from, 0, sizeof(from));                                    \
		memset(&to, 0, sizeof(to));                                        \
		for (unsigned i = 0; i < sizeof(from); i++)                        \
			((unsigned char *)&from)[i] = i < 12 ? 0x81 + 29 * i : 0;  \
		ret_##name(&from, &to);                                            \
		printf(#name " %d %d\n", memcmp(&from, &to, sizeof(to) < 12 ? sizeof(to) : 12), arg_##name(&from)); \
	}

int main(void)
{
	STRUCTURES(CALL)
	return 0;
}
