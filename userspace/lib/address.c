// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Addresses of PCI functions.
 *
 * Invariant: a text that p2p_address_format() writes is read back as the same
 * address, and is the name of the function's folder in sysfs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"

#define MAX_DEVICE 0x1f
#define MAX_FUNCTION 7

/* Value of a hexadecimal digit, -1 if it is none. The locale has no say. */
static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Reads 1 to @digits hexadecimal digits and the character @end behind them;
 * moves @text behind that, or leaves it where it is.
 */
static int read_number(const char **text, int digits, char end, uint32_t *value)
{
	const char *next = *text;

	*value = 0;
	while (digits-- && digit_value(*next) >= 0)
		*value = *value << 4 | (uint32_t)digit_value(*next++);
	if (next == *text || *next != end)
		return -1;
	*text = end ? next + 1 : next;
	return 0;
}

/* Whether there is a domain is told by the number of colons. */
static int has_domain(const char *text)
{
	return strchr(text, ':') != strrchr(text, ':');
}

int p2p_address_parse(const char *text, struct p2p_address *address)
{
	uint32_t domain = 0, bus, device, function;

	if (!text || !address ||
	    (has_domain(text) && read_number(&text, 8, ':', &domain)) ||
	    read_number(&text, 2, ':', &bus) ||
	    read_number(&text, 2, '.', &device) ||
	    read_number(&text, 1, '\0', &function) ||
	    device > MAX_DEVICE || function > MAX_FUNCTION) {
		errno = EINVAL;
		return -1;
	}
	*address = (struct p2p_address){
		.domain = domain,
		.bus = (uint8_t)bus,
		.device = (uint8_t)device,
		.function = (uint8_t)function,
	};
	return 0;
}

int p2p_address_check(const struct p2p_address *address)
{
	if (address && address->device <= MAX_DEVICE &&
	    address->function <= MAX_FUNCTION)
		return 0;
	errno = EINVAL;
	return -1;
}

char *p2p_address_format(const struct p2p_address *address, char *text,
			 size_t size)
{
	char whole[P2P_ADDRESS_SIZE];
	int length;

	if (p2p_address_check(address))
		return NULL;
	if (!text) {
		errno = EINVAL;
		return NULL;
	}
	length = snprintf(whole, sizeof(whole), "%04x:%02x:%02x.%x",
			  address->domain, address->bus, address->device,
			  address->function);
	if ((size_t)length >= size) {
		errno = ENOSPC;
		return NULL;
	}
	return memcpy(text, whole, (size_t)length + 1);
}

int p2p_address_to_kernel(const struct p2p_address *address,
			  struct p2p_dmabuf_pci *pci)
{
	if (p2p_address_check(address))
		return -1;
	*pci = (struct p2p_dmabuf_pci){
		.domain = address->domain,
		.bus = address->bus,
		.devfn = (__u8)(address->device << 3 | address->function),
	};
	return 0;
}

void p2p_address_from_kernel(const struct p2p_dmabuf_pci *pci,
			     struct p2p_address *address)
{
	*address = (struct p2p_address){
		.domain = pci->domain,
		.bus = pci->bus,
		.device = pci->devfn >> 3,
		.function = pci->devfn & MAX_FUNCTION,
	};
}
