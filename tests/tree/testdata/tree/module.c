/* What stands for a kernel into which a module is loaded. */
int counter = 40;

int module_main(void);

int main(void)
{
	return module_main();
}
