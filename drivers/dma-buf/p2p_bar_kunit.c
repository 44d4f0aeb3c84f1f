// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what is arithmetic: ranges, the cutting into pieces and
 * entries, the lookup of providers, and the verdict on made-up topologies.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include "p2p_bar_priv.h"

/* Linux 6.1 has no name for it. */
#define P2P_KUNIT_64G (64ULL * SZ_1G)

/* --- pieces ---------------------------------------------------------------- */

struct piece_case {
	const char *name;
	u64 start;
	u64 length;
	u64 pieces[6];	/* up to the first 0 */
};

static const struct piece_case piece_cases[] = {
	{ "one page", SZ_4K, SZ_4K, { SZ_4K } },
	{ "too short for a large page", SZ_1M, SZ_2M, { SZ_2M } },
	{ "one large page", SZ_2M, SZ_2M, { SZ_2M } },
	{ "large page and rest", SZ_2M, SZ_2M + SZ_4K, { SZ_2M, SZ_4K } },
	{ "head and large page", SZ_2M - SZ_4K, SZ_2M + SZ_4K,
	  { SZ_4K, SZ_2M } },
	{ "head, large pages, rest", SZ_2M - SZ_4K, 3 * SZ_2M,
	  { SZ_4K, 2 * SZ_2M, SZ_2M - SZ_4K } },
	{ "huge page", SZ_1G, SZ_1G, { SZ_1G } },
	{ "up and down again", SZ_1G - SZ_2M - SZ_4K, SZ_1G + 2 * SZ_2M,
	  { SZ_4K, SZ_2M, SZ_1G, SZ_2M - SZ_4K } },
	{ "64 GiB off by a page", P2P_KUNIT_64G + SZ_4K, P2P_KUNIT_64G,
	  { SZ_2M - SZ_4K, SZ_1G - SZ_2M, 63ULL * SZ_1G, SZ_4K } },
	{ "top of the address space", -(u64)SZ_2M, SZ_2M, { SZ_2M } },
};

static void piece_name(const struct piece_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(piece, piece_cases, piece_name);

static void test_piece(struct kunit *test)
{
	const struct piece_case *c = test->param_value;
	u64 done = 0, got;
	size_t i;

	for (i = 0; done < c->length; i++) {
		KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(c->pieces));
		got = p2p_bar_mapping_piece(c->start + done, c->length - done);
		KUNIT_ASSERT_EQ(test, got, c->pieces[i]);
		done += got;
	}
	KUNIT_EXPECT_EQ(test, done, c->length);
	if (i < ARRAY_SIZE(c->pieces))
		KUNIT_EXPECT_EQ(test, c->pieces[i], 0);
}

static void test_place(struct kunit *test)
{
	static const struct {
		u64 offset, start, length, place;
	} cases[] = {
		/* no large page fits: side by side */
		{ 0, P2P_KUNIT_64G + SZ_4K, SZ_4K, 0 },
		{ SZ_4K, P2P_KUNIT_64G + 9 * SZ_4K, SZ_2M, SZ_4K },
		/* large pages: the same distance from the boundary */
		{ 0, P2P_KUNIT_64G, SZ_2M, 0 },
		{ 0, P2P_KUNIT_64G + SZ_4K, 2 * SZ_2M, SZ_4K },
		{ SZ_4K, P2P_KUNIT_64G + SZ_4K, 2 * SZ_2M, SZ_4K },
		{ 2 * SZ_4K, P2P_KUNIT_64G + SZ_4K, 2 * SZ_2M, SZ_2M + SZ_4K },
		{ SZ_4K, P2P_KUNIT_64G - SZ_2M, SZ_1G, SZ_2M },
		{ SZ_4K, P2P_KUNIT_64G - SZ_2M, SZ_1G + SZ_2M, SZ_1G - SZ_2M },
		{ SZ_1G, P2P_KUNIT_64G + SZ_4K, P2P_KUNIT_64G, SZ_1G + SZ_4K },
		/* the sum overflows: less than the offset */
		{ -(u64)SZ_4K, P2P_KUNIT_64G, SZ_2M, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].place,
				    p2p_bar_mapping_place(cases[i].offset,
							  cases[i].start,
							  cases[i].length),
				    "case %zu", i);
}

static void test_entry(struct kunit *test)
{
	static const struct {
		u64 start, length, entry;
	} cases[] = {
		{ 0, SZ_4K, SZ_4K },
		{ 0, SZ_2G, SZ_2G },
		{ 0, SZ_4G, SZ_2G },
		{ SZ_4K, SZ_4G, SZ_2G - SZ_4K },
		{ SZ_2G - SZ_4K, SZ_8G, SZ_4K },
		{ SZ_2G + SZ_4K, SZ_2G, SZ_2G - SZ_4K },
		{ -(u64)SZ_4K, SZ_4K, SZ_4K },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].entry,
				    p2p_bar_sgt_entry(cases[i].start,
						      cases[i].length),
				    "case %zu", i);
}

/* --- a function that is nowhere -------------------------------------------- */

#define FAKE_BAR 2
#define FAKE_START (64ULL * SZ_1G)
#define FAKE_LENGTH ((u64)SZ_16M)
#define FAKE_OFFSET ((u64)SZ_2G)	/* CPU address less bus address */

/* One function below a host bridge whose bus addresses have an offset. */
struct fake {
	struct pci_host_bridge bridge;
	struct resource_entry window;
	struct resource apertures;
	struct pci_bus bus;
	struct pci_dev pdev;
};

static void fake_release(struct device *dev)
{
}

static struct fake *fake_make(struct kunit *test, u64 start)
{
	struct fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->apertures = (struct resource){
		.start = start, .end = start + SZ_1G - 1,
		.flags = IORESOURCE_MEM,
	};
	fake->window.res = &fake->apertures;
	fake->window.offset = FAKE_OFFSET;
	INIT_LIST_HEAD(&fake->bridge.windows);
	list_add(&fake->window.node, &fake->bridge.windows);
	fake->bus.bridge = &fake->bridge.dev;
	fake->pdev.bus = &fake->bus;
	fake->pdev.resource[FAKE_BAR] = (struct resource){
		.start = start, .end = start + FAKE_LENGTH - 1,
		.flags = IORESOURCE_MEM | IORESOURCE_MEM_64,
	};
	device_initialize(&fake->pdev.dev);
	fake->pdev.dev.release = fake_release;
	return fake;
}

static struct p2p_bar_provider *fake_provider(struct kunit *test,
					      struct fake *fake)
{
	struct p2p_bar_provider *provider =
		p2p_bar_provider_create(&fake->pdev, FAKE_BAR);

	KUNIT_ASSERT_FALSE(test, IS_ERR(provider));
	return provider;
}

static void test_provider_bus_offset(struct kunit *test)
{
	struct p2p_bar_provider *provider =
		fake_provider(test, fake_make(test, FAKE_START));

	KUNIT_EXPECT_EQ(test, (u64)provider->start, FAKE_START);
	KUNIT_EXPECT_EQ(test, (u64)provider->last,
			FAKE_START + FAKE_LENGTH - 1);
	KUNIT_EXPECT_EQ(test, (u64)provider->bus_start,
			FAKE_START - FAKE_OFFSET);
	p2p_bar_provider_retire(provider);
}

/* Looks one address range up, and gives the reference back. */
static struct p2p_bar_provider *found(u64 start, u64 length)
{
	struct p2p_bar_provider *provider =
		p2p_bar_provider_find(start, length);

	if (provider)
		p2p_bar_provider_put(provider);
	return provider;
}

static void test_provider_lookup(struct kunit *test)
{
	struct fake *low = fake_make(test, FAKE_START);
	struct fake *high = fake_make(test, FAKE_START + FAKE_LENGTH);
	struct p2p_bar_provider *a = fake_provider(test, low), *got;
	struct p2p_bar_provider *b = fake_provider(test, high);
	const u64 mid = FAKE_START + FAKE_LENGTH;

	KUNIT_EXPECT_PTR_EQ(test, found(FAKE_START, 1), a);
	KUNIT_EXPECT_PTR_EQ(test, found(FAKE_START, FAKE_LENGTH), a);
	KUNIT_EXPECT_PTR_EQ(test, found(mid - 1, 1), a);
	KUNIT_EXPECT_PTR_EQ(test, found(mid, 1), b);
	KUNIT_EXPECT_PTR_EQ(test, found(mid, FAKE_LENGTH), b);
	/* Neither both at once, nor beyond, nor nothing, nor round the end. */
	KUNIT_EXPECT_NULL(test, found(mid - 1, 2));
	KUNIT_EXPECT_NULL(test, found(FAKE_START - 1, 1));
	KUNIT_EXPECT_NULL(test, found(FAKE_START - 1, 2));
	KUNIT_EXPECT_NULL(test, found(mid + FAKE_LENGTH, 1));
	KUNIT_EXPECT_NULL(test, found(mid, FAKE_LENGTH + 1));
	KUNIT_EXPECT_NULL(test, found(FAKE_START, 0));
	KUNIT_EXPECT_NULL(test, found(FAKE_START, U64_MAX));

	got = p2p_bar_provider_get(&high->pdev, FAKE_BAR);
	KUNIT_EXPECT_PTR_EQ(test, got, b);
	p2p_bar_provider_put(got);
	KUNIT_EXPECT_NULL(test, p2p_bar_provider_get(&high->pdev, 0));
	KUNIT_EXPECT_NULL(test, p2p_bar_provider_get(&high->pdev, -1));
	KUNIT_EXPECT_NULL(test, p2p_bar_provider_get(&high->pdev,
						     PCI_STD_NUM_BARS));

	p2p_bar_provider_retire(a);
	KUNIT_EXPECT_NULL(test, found(FAKE_START, 1));
	KUNIT_EXPECT_PTR_EQ(test, found(mid, 1), b);
	p2p_bar_provider_retire(b);
	KUNIT_EXPECT_NULL(test, found(mid, 1));
}

/* Of two functions at one address each has a provider of its own. */
static void test_provider_twins(struct kunit *test)
{
	struct fake *twins[] = {
		fake_make(test, FAKE_START), fake_make(test, FAKE_START),
	};
	struct p2p_bar_provider *made[ARRAY_SIZE(twins)], *got;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(twins); i++)
		made[i] = fake_provider(test, twins[i]);
	for (i = 0; i < ARRAY_SIZE(twins); i++) {
		got = p2p_bar_provider_get(&twins[i]->pdev, FAKE_BAR);
		KUNIT_EXPECT_PTR_EQ(test, got, made[i]);
		p2p_bar_provider_put(got);
	}
	for (i = 0; i < ARRAY_SIZE(twins); i++)
		p2p_bar_provider_retire(made[i]);
}

/* --- an importer that is nowhere ------------------------------------------- */

static void test_not_pci(struct kunit *test)
{
	struct fake *fake = fake_make(test, FAKE_START);
	struct device *importer = root_device_register("p2p-bar-kunit");
	struct p2p_bar_route route;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, importer);
	p2p_bar_route_query(&fake->pdev, importer, &route);
	KUNIT_EXPECT_EQ(test, route.type, P2P_BAR_ROUTE_NONE);
	KUNIT_EXPECT_EQ(test, route.reason, P2P_BAR_REASON_NOT_PCI);
	root_device_unregister(importer);
}

/* --- ranges ---------------------------------------------------------------- */

struct range_case {
	const char *name;
	struct p2p_bar_range ranges[2];
	unsigned int nr;
	int ret;
	u64 size;
};

static const struct range_case range_cases[] = {
	{ "none", {}, 0, -EINVAL },
	{ "all", { { 0, FAKE_LENGTH } }, 1, 0, FAKE_LENGTH },
	{ "last page", { { FAKE_LENGTH - SZ_4K, SZ_4K } }, 1, 0, SZ_4K },
	{ "overlapping", { { 0, SZ_8K }, { SZ_4K, SZ_8K } }, 2, 0, SZ_16K },
	{ "twice all", { { 0, FAKE_LENGTH }, { 0, FAKE_LENGTH } }, 2, 0,
	  2 * FAKE_LENGTH },
	{ "empty", { { 0, 0 } }, 1, -EINVAL },
	{ "second empty", { { 0, SZ_4K }, { SZ_4K, 0 } }, 2, -EINVAL },
	{ "offset unaligned", { { 1, SZ_4K } }, 1, -EINVAL },
	{ "length unaligned", { { 0, SZ_4K + 1 } }, 1, -EINVAL },
	{ "one page too long", { { 0, FAKE_LENGTH + SZ_4K } }, 1, -EINVAL },
	{ "one page too far", { { SZ_4K, FAKE_LENGTH } }, 1, -EINVAL },
	{ "beyond", { { FAKE_LENGTH, SZ_4K } }, 1, -EINVAL },
	{ "end wraps", { { -(u64)SZ_4K, SZ_8K } }, 1, -EOVERFLOW },
	{ "end wraps to 0", { { -(u64)SZ_4K, SZ_4K } }, 1, -EOVERFLOW },
	{ "length negative", { { 0, -(u64)SZ_4K } }, 1, -EINVAL },
};

static void range_name(const struct range_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(range, range_cases, range_name);

static void test_range(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct p2p_bar_provider provider = {
		.start = FAKE_START, .last = FAKE_START + FAKE_LENGTH - 1,
	};
	u64 size;

	KUNIT_EXPECT_EQ(test, c->ret,
			p2p_bar_check_ranges(&provider, c->ranges, c->nr,
					     &size));
	if (!c->ret)
		KUNIT_EXPECT_EQ(test, c->size, size);
}

/* --- routes ---------------------------------------------------------------- */

/* Made-up functions, from the device to its root. */
enum { DEV_A = 1, DEV_B, PORT_A, PORT_B, UP, ROOT, ROOT_B, OTHER };

#define LISTED_FAR { true, 0x00100, PCI_VENDOR_ID_INTEL, 0x09a2 }
#define LISTED_NEAR { true, 0x00200, PCI_VENDOR_ID_INTEL, 0x3c00 }
#define UNLISTED { true, 0x00300, PCI_VENDOR_ID_INTEL, 0x29c0 }

struct route_case {
	const char *name;
	struct p2p_bar_topology topo;
	enum p2p_bar_route_type type;
	enum p2p_bar_route_reason reason;
	unsigned int distance;
	u64 blocker;	/* 0: none */
};

/* Both below one switch; a function redirects if its argument is true. */
#define SWITCH(a, pa, pb)						\
	.exporter = { 4, false, { { DEV_A, a }, { PORT_A, pa },		\
				  { UP }, { ROOT } } },			\
	.importer = { 4, false, { { DEV_B }, { PORT_B, pb },		\
				  { UP }, { ROOT } } }

/* Each below a root port of its own. */
#define ROOTS								\
	.exporter = { 2, false, { { DEV_A }, { ROOT } } },		\
	.importer = { 2, false, { { DEV_B }, { ROOT_B } } }

static const struct route_case route_cases[] = {
	{ "same function",
	  { .exporter = { 2, false, { { DEV_A }, { ROOT } } },
	    .importer = { 2, false, { { DEV_A }, { ROOT } } } },
	  P2P_BAR_ROUTE_BUS, P2P_BAR_REASON_SAME_FUNCTION, 0 },
	{ "switch", { SWITCH(false, false, false) },
	  P2P_BAR_ROUTE_BUS, P2P_BAR_REASON_COMMON_BRIDGE, 4 },
	{ "switch, host unlisted all the same",
	  { SWITCH(false, false, false), .exporter_host = UNLISTED,
	    .importer_host = UNLISTED, .policy = P2P_BAR_HOST_NEVER },
	  P2P_BAR_ROUTE_BUS, P2P_BAR_REASON_COMMON_BRIDGE, 4 },
	{ "ACS on the exporter",
	  { SWITCH(true, false, false), .cpu_forwards = true },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_CPU, 4, DEV_A },
	{ "ACS on the exporter's port",
	  { SWITCH(false, true, false), .cpu_forwards = true },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_CPU, 4, PORT_A },
	{ "ACS on the importer's port",
	  { SWITCH(false, false, true), .cpu_forwards = true },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_CPU, 4, PORT_B },
	{ "ACS on the common bridge",
	  { .exporter = { 2, false, { { DEV_A }, { UP, true } } },
	    .importer = { 2, false, { { DEV_B }, { UP, true } } },
	    .cpu_forwards = true },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_CPU, 2, UP },
	{ "ACS, and the host does not forward",
	  { SWITCH(false, true, false), .exporter_host = UNLISTED,
	    .importer_host = UNLISTED, .same_host = true },
	  P2P_BAR_ROUTE_NONE, P2P_BAR_REASON_HOST_UNLISTED, 4, PORT_A },
	{ "ACS above the common bridge does not matter",
	  { .exporter = { 3, false, { { DEV_A }, { UP }, { ROOT, true } } },
	    .importer = { 3, false, { { DEV_B }, { UP }, { ROOT, true } } } },
	  P2P_BAR_ROUTE_BUS, P2P_BAR_REASON_COMMON_BRIDGE, 2 },
	{ "root ports, CPU forwards", { ROOTS, .cpu_forwards = true },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_CPU, 4 },
	{ "root ports, listed",
	  { ROOTS, .exporter_host = LISTED_FAR, .importer_host = LISTED_FAR },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_LISTED, 4 },
	{ "listed for its own ports, same host",
	  { ROOTS, .exporter_host = LISTED_NEAR, .importer_host = LISTED_NEAR,
	    .same_host = true },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_LISTED, 4 },
	{ "listed for its own ports, two hosts",
	  { ROOTS, .exporter_host = LISTED_NEAR,
	    .importer_host = LISTED_NEAR },
	  P2P_BAR_ROUTE_NONE, P2P_BAR_REASON_HOST_FAR, 4, 0x00200 },
	{ "importer's host unlisted",
	  { ROOTS, .exporter_host = LISTED_FAR, .importer_host = UNLISTED },
	  P2P_BAR_ROUTE_NONE, P2P_BAR_REASON_HOST_UNLISTED, 4, 0x00300 },
	{ "host without a device", { ROOTS, .same_host = true },
	  P2P_BAR_ROUTE_NONE, P2P_BAR_REASON_HOST_UNLISTED, 4 },
	{ "unlisted, always",
	  { ROOTS, .exporter_host = UNLISTED, .importer_host = UNLISTED,
	    .policy = P2P_BAR_HOST_ALWAYS },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_OVERRIDE, 4 },
	{ "listed, never",
	  { ROOTS, .exporter_host = LISTED_FAR, .importer_host = LISTED_FAR,
	    .cpu_forwards = true, .policy = P2P_BAR_HOST_NEVER },
	  P2P_BAR_ROUTE_NONE, P2P_BAR_REASON_HOST_NEVER, 4, 0x00100 },
	{ "the same numbers in two segments",
	  { .exporter = { 1, false, { { DEV_A } } },
	    .importer = { 1, false, { { DEV_A + (1ULL << 32) } } },
	    .cpu_forwards = true },
	  P2P_BAR_ROUTE_HOST, P2P_BAR_REASON_HOST_CPU, 2 },
	{ "chain too long",
	  { .exporter = { 1, true, { { DEV_A } } },
	    .importer = { 1, false, { { DEV_A } } }, .cpu_forwards = true },
	  P2P_BAR_ROUTE_NONE, P2P_BAR_REASON_TOO_DEEP, 0 },
};

static void route_name(const struct route_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(route, route_cases, route_name);

static void test_route(struct kunit *test)
{
	const struct route_case *c = test->param_value;
	struct p2p_bar_route route;

	p2p_bar_route_decide(&c->topo, &route);
	KUNIT_EXPECT_EQ(test, route.type, c->type);
	KUNIT_EXPECT_EQ(test, route.reason, c->reason);
	KUNIT_EXPECT_EQ(test, route.distance, c->distance);
	KUNIT_EXPECT_EQ(test, route.has_blocker, c->blocker != 0);
	KUNIT_EXPECT_EQ(test, route.blocker, c->blocker);
}

static void test_explain(struct kunit *test)
{
	struct p2p_bar_route route = {
		.reason = P2P_BAR_REASON_HOST_NEVER, .has_blocker = true,
		.blocker = 0x00011a23,
	};
	char text[160], brief[8];

	p2p_bar_route_explain(&route, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "host_bridge=never; at 0001:1a:04.3");
	route.redirected = true;
	p2p_bar_route_explain(&route, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text,
			   "host_bridge=never; ACS redirect on 0001:1a:04.3");
	route.blocker = 0x100001a23;	/* as below Intel's VMD */
	p2p_bar_route_explain(&route, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text,
			   "host_bridge=never; ACS redirect on 10000:1a:04.3");
	route.has_blocker = false;
	p2p_bar_route_explain(&route, brief, sizeof(brief));
	KUNIT_EXPECT_STREQ(test, brief, "host_br");
}

static struct kunit_case p2p_bar_cases[] = {
	KUNIT_CASE_PARAM(test_piece, piece_gen_params),
	KUNIT_CASE(test_place),
	KUNIT_CASE(test_entry),
	KUNIT_CASE(test_provider_bus_offset),
	KUNIT_CASE(test_provider_lookup),
	KUNIT_CASE(test_provider_twins),
	KUNIT_CASE(test_not_pci),
	KUNIT_CASE_PARAM(test_range, range_gen_params),
	KUNIT_CASE_PARAM(test_route, route_gen_params),
	KUNIT_CASE(test_explain),
	{}
};

static struct kunit_suite p2p_bar_suite = {
	.name = "p2p_bar",
	.test_cases = p2p_bar_cases,
};

kunit_test_suite(p2p_bar_suite);

MODULE_DESCRIPTION("KUnit tests of p2p-bar-exporter");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("P2P_BAR");
MODULE_IMPORT_NS("P2P_BAR_PRIV");
