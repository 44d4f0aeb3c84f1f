// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

/* Roles that not every machine has are empty there. */
static const char *device(const char *role)
{
	const char *bdf = getenv(role);

	return bdf && *bdf ? bdf : NULL;
}

const char *guest_exporter(void)
{
	return getenv("P2P_EXPORTER");
}

const char *guest_exporter_port(void)
{
	return getenv("P2P_EXPORTER_PORT");
}

const char *guest_sibling(void)
{
	return device("P2P_SIBLING");
}

const char *guest_nic(void)
{
	return device("P2P_NIC");
}

const char *guest_nic2(void)
{
	return device("P2P_NIC2");
}

const char *guest_gpu(void)
{
	return device("P2P_GPU");
}

const char *guest_importer(void)
{
	return getenv("P2P_IMPORTER");
}

const char *guest_importer2(void)
{
	return getenv("P2P_IMPORTER2");
}

unsigned int guest_bar(void)
{
	const char *bar = getenv("P2P_EXPORTER_BAR");

	return bar ? strtoul(bar, NULL, 10) : 0;
}

bool guest_is(const char *topology)
{
	const char *name = getenv("P2P_TOPOLOGY");

	return name && !strcmp(name, topology);
}

/* On msix the third one holds the MSI-X table. */
unsigned int guest_pages(void)
{
	return guest_is("msix") ? 2 : 4096;
}

int guest_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int guest_write_device(const char *bdf, const char *file, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", bdf, file);
	return guest_write(path, text);
}

int guest_unload(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? -errno : 0;
}

char *guest_read(const char *path)
{
	size_t size = 0, length = 0;
	char *text = NULL;
	FILE *file = fopen(path, "re");

	if (!file)
		return NULL;
	do {
		size += 65536;
		text = realloc(text, size);
		length += fread(text + length, 1, size - length - 1, file);
	} while (length == size - 1);
	text[length] = '\0';
	fclose(file);
	return text;
}

static bool line_has(const char *line, const char *first, const char *second,
		     const char *third)
{
	const char * const words[] = { first, second, third };
	size_t i;

	for (i = 0; i < 3 && line; i++) {
		if (!words[i])
			continue;
		line = strstr(line, words[i]);
	}
	return line;
}

bool guest_line_has(const char *path, const char *first, const char *second,
		    const char *third)
{
	char *text = guest_read(path), *rest = text, *line;
	bool found = false;

	while (!found && rest && (line = strsep(&rest, "\n")))
		found = line_has(line, first, second, third);
	free(text);
	return found;
}

bool guest_translates(void)
{
	return !guest_is("switch") && !guest_is("root-pt") &&
	       !guest_is("rdma-pt");
}

bool guest_kernel_has(const char *function)
{
	char symbol[128];

	snprintf(symbol, sizeof(symbol), " T %s", function);
	return guest_line_has("/proc/kallsyms", symbol, NULL, NULL);
}

static char *kernel_log(void)
{
	int size = klogctl(10 /* SYSLOG_ACTION_SIZE_BUFFER */, NULL, 0);
	char *text = calloc(1, size + 1);

	klogctl(3 /* SYSLOG_ACTION_READ_ALL */, text, size);
	return text;
}

bool guest_refused(const char *importer, const char *words)
{
	char *text = kernel_log(), *at, *last = NULL;
	bool found;

	for (at = text; (at = strstr(at, "cannot use BAR")); at++)
		last = at;
	if (last)
		strchrnul(last, '\n')[0] = '\0';
	while (last && last > text && last[-1] != '\n')
		last--;
	found = last && strstr(last, importer) && strstr(last, words);
	if (!found)
		printf("# last refusal: %s\n", last ? last : "none");
	free(text);
	return found;
}

size_t guest_count_lines(const char *path, const char *word)
{
	char *text = guest_read(path), *rest = text, *line;
	size_t nr = 0;

	while (rest && (line = strsep(&rest, "\n")))
		nr += !!strstr(line, word);
	free(text);
	return nr;
}

unsigned long guest_ino(int dmabuf)
{
	struct stat st;

	return fstat(dmabuf, &st) ? 0 : st.st_ino;
}

const char *guest_buffer_state(int dmabuf)
{
	char name[64];

	snprintf(name, sizeof(name), "buffer %lu ", guest_ino(dmabuf));
	if (guest_line_has(GUEST_BUFFERS, name, " live ", NULL))
		return "live";
	if (guest_line_has(GUEST_BUFFERS, name, " revoked ", NULL))
		return "revoked";
	if (guest_line_has(GUEST_BUFFERS, name, " retired ", NULL))
		return "retired";
	return "gone";
}

long guest_unreclaimable_kib(void)
{
	char *text = guest_read("/proc/meminfo");
	const char *line = text ? strstr(text, "SUnreclaim:") : NULL;
	long kib = line ? strtol(line + strlen("SUnreclaim:"), NULL, 10) : -1;

	free(text);
	return kib;
}

int64_t guest_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* A xorshift generator, one word of state per word of output. */
void guest_pattern(void *buf, size_t length, uint32_t seed)
{
	uint32_t *words = buf;
	uint32_t state = seed * 2654435761u + 1;
	size_t i;

	for (i = 0; i < length / sizeof(*words); i++) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		words[i] = state;
	}
}
