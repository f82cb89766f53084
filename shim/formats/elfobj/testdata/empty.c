/* No code, and nothing undefined: clang --target=x86_64-linux-gnu -c */
int x = 1;
