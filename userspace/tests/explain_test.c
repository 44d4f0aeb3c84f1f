// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "test.h"

#define HOST_BRIDGE "/sys/module/p2p_bar_exporter/parameters/host_bridge"

static void assert_says(const struct p2p_route *route, const char *words)
{
	char *text = p2p_route_explain(route);

	assert_non_null(text);
	if (!strstr(text, words))
		fail_msg("\"%s\" does not say \"%s\"", text, words);
	free(text);
}

static void assert_says_nothing_of(const struct p2p_route *route,
				   const char *words)
{
	char *text = p2p_route_explain(route);

	assert_non_null(text);
	if (strstr(text, words))
		fail_msg("\"%s\" says \"%s\"", text, words);
	free(text);
}

static void ways_are_told(void **state)
{
	struct p2p_route route = { .type = P2P_ROUTE_NONE, .distance = 4 };

	(void)state;
	assert_says(&route, "No route.");
	assert_says_nothing_of(&route, "distance");
	route.type = P2P_ROUTE_BUS;
	assert_says(&route, "Route inside PCIe, past the root complex; distance 4.");
	route.type = P2P_ROUTE_HOST;
	assert_says(&route, "Route through the root complex; distance 4.");
	route.type = 17;
	assert_says(&route, "Route of type 17, which this library does not know.");
}

static void each_reason_is_told(void **state)
{
	static const char * const words[] = {
		[P2P_REASON_SAME_FUNCTION] = "one function",
		[P2P_REASON_COMMON_BRIDGE] = "bridge above both",
		[P2P_REASON_HOST_CPU] = "this CPU forwards",
		[P2P_REASON_HOST_LISTED] = "known to forward",
		[P2P_REASON_HOST_OVERRIDE] = "host_bridge=always",
		[P2P_REASON_NOT_PCI] = "no PCI device above it",
		[P2P_REASON_HOST_UNLISTED] = "not known to forward",
		[P2P_REASON_HOST_FAR] = "different host bridges",
		[P2P_REASON_HOST_NEVER] = "host_bridge=never",
		[P2P_REASON_TOO_DEEP] = "more bridges",
	};
	struct p2p_route route = { .type = P2P_ROUTE_NONE };

	(void)state;
	for (route.reason = 0; route.reason < 10; route.reason++)
		assert_says(&route, words[route.reason]);
	route.reason = 4711;
	assert_says(&route, "Its reason, 4711, is not known to this library.");
}

static void refusals_come_with_advice(void **state)
{
	struct p2p_route route = { .type = P2P_ROUTE_NONE };

	(void)state;
	route.reason = P2P_REASON_HOST_UNLISTED;
	assert_says(&route, "write \"always\" to " HOST_BRIDGE ".");
	route.reason = P2P_REASON_HOST_NEVER;
	assert_says(&route, "write \"allowlist\" to " HOST_BRIDGE " to");
	route.reason = P2P_REASON_HOST_FAR;
	assert_says(&route, "same CPU socket");
	route.reason = P2P_REASON_NOT_PCI;
	assert_says(&route, "Use an importer");
	route.reason = P2P_REASON_TOO_DEEP;
	assert_says(&route, "closer to the root complex");
}

static void blockers_are_named(void **state)
{
	struct p2p_route route = {
		.type = P2P_ROUTE_NONE,
		.reason = P2P_REASON_HOST_UNLISTED,
		.blocker = { 0x10000, 0x1a, 4, 3 },
	};

	(void)state;
	assert_says_nothing_of(&route, "1a:04.3");
	route.flags = P2P_ROUTE_HAS_BLOCKER;
	assert_says(&route, "The host bridge is the one of 10000:1a:04.3.");
	assert_says_nothing_of(&route, "ACS");
	route.flags |= P2P_ROUTE_REDIRECTED;
	assert_says(&route, "ACS on 10000:1a:04.3 sends");
	assert_says(&route, "pci=disable_acs_redir=10000:1a:04.3");
	assert_says(&route, "IOMMU groups");
}

static void served_drivers_are_told(void **state)
{
	struct p2p_route route = {
		.type = P2P_ROUTE_HOST,
		.reason = P2P_REASON_HOST_CPU,
		.flags = P2P_ROUTE_TRANSLATED,
	};

	(void)state;
	assert_says(&route, "drivers that pin are served");
	route.flags = 0;
	assert_says(&route, "drivers that pin are refused");
	assert_says(&route, "iommu=pt");
	route.type = P2P_ROUTE_BUS;
	assert_says(&route, "drivers that pin are refused");
	assert_says_nothing_of(&route, "iommu=pt");
	route.type = P2P_ROUTE_NONE;
	assert_says_nothing_of(&route, "drivers that pin");
}

/* Whatever is put together ends with its last sentence, on one line. */
static void every_explanation_is_whole(void **state)
{
	struct p2p_route route;
	size_t longest = 0;
	unsigned int i;
	char *text;

	(void)state;
	for (i = 0; i < 11 * 4 * 8; i++) {
		route = (struct p2p_route){
			.type = i % 4, .reason = i / 4 % 11,
			.distance = UINT32_MAX, .flags = i / 44,
			.blocker = { UINT32_MAX, 0xff, 0x1f, 7 },
		};
		text = p2p_route_explain(&route);
		assert_non_null(text);
		assert_int_equal(text[strlen(text) - 1], '.');
		assert_null(strchr(text, '\n'));
		if (strlen(text) > longest)
			longest = strlen(text);
		free(text);
	}
	assert_in_range(longest, 500, 1500);
}

static void impossible_blocker_is_not_named(void **state)
{
	struct p2p_route route = {
		.flags = P2P_ROUTE_HAS_BLOCKER, .blocker = { .device = 99 },
	};

	(void)state;
	assert_says_nothing_of(&route, "host bridge is");
}

static void no_route_is_an_error(void **state)
{
	(void)state;
	assert_null_error(p2p_route_explain(NULL), EINVAL);
}

static void words_name_the_numbers(void **state)
{
	static const char * const reasons[] = {
		"same-function", "common-bridge", "host-cpu", "host-listed",
		"host-override", "not-pci", "host-unlisted", "host-far",
		"host-never", "too-deep", "unknown",
	};
	uint32_t i;

	(void)state;
	assert_string_equal(p2p_route_type_name(P2P_ROUTE_NONE), "none");
	assert_string_equal(p2p_route_type_name(P2P_ROUTE_BUS), "bus");
	assert_string_equal(p2p_route_type_name(P2P_ROUTE_HOST), "host");
	assert_string_equal(p2p_route_type_name(3), "unknown");
	assert_string_equal(p2p_route_type_name(UINT32_MAX), "unknown");
	for (i = 0; i < 11; i++)
		assert_string_equal(p2p_route_reason_name(i), reasons[i]);
	assert_string_equal(p2p_route_reason_name(UINT32_MAX), "unknown");
	assert_string_equal(p2p_state_name(P2P_STATE_LIVE), "live");
	assert_string_equal(p2p_state_name(P2P_STATE_REVOKED), "revoked");
	assert_string_equal(p2p_state_name(P2P_STATE_RETIRED), "retired");
	assert_string_equal(p2p_state_name(3), "unknown");
	assert_string_equal(p2p_event_name(0), "unknown");
	assert_string_equal(p2p_event_name(P2P_EVENT_REVOKE), "revoke");
	assert_string_equal(p2p_event_name(P2P_EVENT_RESTORE), "restore");
	assert_string_equal(p2p_event_name(P2P_EVENT_RETIRE), "retire");
	assert_string_equal(p2p_event_name(4), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_are_told),
		cmocka_unit_test(each_reason_is_told),
		cmocka_unit_test(refusals_come_with_advice),
		cmocka_unit_test(blockers_are_named),
		cmocka_unit_test(served_drivers_are_told),
		cmocka_unit_test(every_explanation_is_whole),
		cmocka_unit_test(impossible_blocker_is_not_named),
		cmocka_unit_test(no_route_is_an_error),
		cmocka_unit_test(words_name_the_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
