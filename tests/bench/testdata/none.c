/* The tool that does nothing: what a call takes is then that of what stands before it. */
int main(void) { return 0; }
