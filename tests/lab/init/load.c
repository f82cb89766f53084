// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// The init for machines of another architecture than the lab's own, for which the lab has no C library: the kernel's nolibc serves
// (tools/include/nolibc). It loads the modules /modules/0, /modules/1 and so on, and ends the machine. Its lines are those of
// init.c, with the number of a module in place of its name.

static void say(int kmsg, const char *what, int module, int err)
{
	char line[64];
	int n = err ? snprintf(line, sizeof(line), "lab-init: %s %d: error %d\n", what, module, err)
		    : snprintf(line, sizeof(line), "lab-init: %s %d\n", what, module);

	if (write(kmsg, line, n) != n)
		reboot(RB_AUTOBOOT);
}

int main(void)
{
	int kmsg, fd, module, err;
	char path[32];

	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	kmsg = open("/dev/kmsg", O_WRONLY);
	for (module = 0;; module++) {
		snprintf(path, sizeof(path), "/modules/%d", module);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			break;
		err = syscall(__NR_finit_module, fd, "", 0) ? errno : 0;
		say(kmsg, err ? "failed" : "loaded", module, err);
		close(fd);
	}
	if (errno == ENOENT && write(kmsg, "lab-init: done\n", 15) != 15)
		return 1;
	reboot(RB_AUTOBOOT); // not RB_POWER_OFF, as in init.c
	return 1;
}
