// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// The lab's init: loads the modules in /modules in the order of their names, runs /client if there is one, unloads the modules in
// reverse, ends the machine.
// It speaks in lines that start with "lab-init: ", one fact each, through /dev/kmsg: the kernel's own messages on the
// console then come before and after them in the true order, and never in the middle of a line.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_NAME = 256 };

static int is_module(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 3 && n < MAX_NAME && !strcmp(e->d_name + n - 3, ".ko");
}

// The kernel's name of a module: "003-rust-minimal.ko" is rust_minimal.
static void module_name(const char *file, char *name)
{
	const char *dash = strchr(file, '-');

	strcpy(name, dash ? dash + 1 : file);
	name[strlen(name) - 3] = '\0';
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}

static int load(const char *file)
{
	char path[MAX_NAME + sizeof("/modules/")];
	int fd, err;

	snprintf(path, sizeof(path), "/modules/%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	close(fd);
	return err;
}

static int kmsg = -1;

static void say(const char *what, const char *name, int err)
{
	char line[MAX_NAME + 128];
	int n;

	if (err)
		n = snprintf(line, sizeof(line), "lab-init: %s %s: %s (%d)\n", what, name, strerror(err), err);
	else
		n = snprintf(line, sizeof(line), "lab-init: %s%s%s\n", what, *name ? " " : "", name);
	if (write(kmsg, line, n) != n) // one write is one message
		reboot(RB_AUTOBOOT);
}

// The client's output is the console's. What it did is told in a line.
static void run_client(void)
{
	int status, fd;
	pid_t pid;

	if (access("/client", X_OK))
		return;
	pid = fork();
	if (!pid) {
		fd = open("/dev/console", O_RDWR);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execl("/client", "/client", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		say("failed", "client", errno);
	else
		say(WIFEXITED(status) && !WEXITSTATUS(status) ? "ran" : "failed", "client", 0);
}

int main(void)
{
	struct dirent **files = NULL;
	char name[MAX_NAME];
	int n, i, err;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	n = scandir("/modules", &files, is_module, alphasort);
	for (i = 0; i < n; i++) {
		module_name(files[i]->d_name, name);
		err = load(files[i]->d_name);
		say(err ? "failed" : "loaded", name, err);
		if (err)
			files[i]->d_name[0] = '\0';
	}
	run_client();
	for (i = n - 1; i >= 0; i--) {
		if (!files[i]->d_name[0])
			continue;
		module_name(files[i]->d_name, name);
		err = syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
		say(err ? "kept" : "unloaded", name, err);
	}
	say("done", "", 0);
	// Not RB_POWER_OFF: without ACPI that halts for ever, while QEMU's -no-reboot makes an exit of a reboot.
	// User-mode Linux would start anew, and ends when it is powered off; its boot says so by a word on the kernel's command
	// line, which the kernel hands on to init.
	reboot(getenv("LAB_POWER_OFF") ? RB_POWER_OFF : RB_AUTOBOOT);
	return 1;
}
