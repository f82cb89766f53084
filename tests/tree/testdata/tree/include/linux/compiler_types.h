#define __force
