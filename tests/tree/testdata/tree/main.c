#include <stdio.h>

int kernel_answer(void);
char kernel_kind(void);
char driver_kind(void);
int driver_remember(int n);
int kernel_remember(int n);
int driver_next(void);
extern int (*const KERNEL_TABLE)(int);
int counter = 40;

int main(void)
{
	printf("answer %d, counter %d\n", kernel_answer(), counter);
	printf("kernel %c, driver %c\n", kernel_kind(), driver_kind());
	printf("by address %d\n", KERNEL_TABLE(6));
	printf("remembered %d\n", driver_remember(3) + driver_remember(4) + kernel_remember(5));
	printf("next %d\n", driver_next());
	return 0;
}
