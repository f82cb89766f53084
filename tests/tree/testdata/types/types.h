/* Structures that helpers return and take by value: X(name, members). crate.rs has the same. */
#define STRUCTURES(X) \
	X(b1, unsigned char a[1];) \
	X(b2, unsigned char a[2];) \
	X(b3, unsigned char a[3];) \
	X(b4, unsigned char a[4];) \
	X(b5, unsigned char a[5];) \
	X(b6, unsigned char a[6];) \
	X(b7, unsigned char a[7];) \
	X(b8, unsigned char a[8];) \
	X(b9, unsigned char a[9];) \
	X(b10, unsigned char a[10];) \
	X(b11, unsigned char a[11];) \
	X(b12, unsigned char a[12];) \
	X(b13, unsigned char a[13];) \
	X(b14, unsigned char a[14];) \
	X(b15, unsigned char a[15];) \
	X(b16, unsigned char a[16];) \
	X(i1, int a;) \
	X(i2, int a; int b;) \
	X(i3, int a, b, c;) \
	X(s1, short a;) \
	X(l1, long long a;) \
	X(l2, long long a, b;) \
	X(li, long long a; int b;) \
	X(p1, void *a;) \
	X(p2, void *a; int b;) \
	X(n1, struct { struct { int a; } b; } c;)
