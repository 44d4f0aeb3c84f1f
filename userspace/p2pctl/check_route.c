// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the way: the route, ACS, and host bridges.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sysfs.h"

#define POLICY_FILE "/sys/module/p2p_bar_exporter/parameters/host_bridge"

static bool redirected(const struct check_patient *patient)
{
	return patient->route.info.flags & P2P_ROUTE_REDIRECTED;
}

/* The bridges to be changed, as pci=disable_acs_redir takes them, and by setpci. */
static void advise_acs(const struct check_patient *patient, bool slower,
		       struct check_finding *finding)
{
	const struct fn *found[ROUTE_REDIRECTING];
	char list[SYSFS_LINE] = "";
	int nr = route_redirecting(&patient->fabric, patient->exporter,
				   patient->importer, found);
	int i;

	for (i = 0; i < nr; i++) {
		if (strlen(list) + P2P_ADDRESS_SIZE < sizeof(list))
			sprintf(list + strlen(list), "%s%s", i ? ";" : "",
				found[i]->text);
		check_type(finding, "setpci -s %s ECAP_ACS+6.w=0:2c",
			   found[i]->text);
	}
	check_advise(finding,
		     "%sTo have them turned round in the switch add \"pci=disable_acs_redir=%s\" to the kernel's command line and boot again: the devices below then share an IOMMU group, and importers that pin are no longer served. Until the next boot, without the group being changed:",
		     slower ? "It works as it is, only slower. " : "", list);
}

static void advise_host(const struct check_patient *patient,
			struct check_finding *finding)
{
	switch (patient->route.info.reason) {
	case P2P_REASON_HOST_NEVER:
		check_advise(finding,
			     "The administrator forbids routes through the root complex. Allow known ones:");
		check_type(finding, "echo allowlist > " POLICY_FILE);
		break;
	case P2P_REASON_HOST_UNLISTED:
	case P2P_REASON_HOST_FAR:
		check_advise(finding,
			     "Put both cards below one PCIe switch. Or, if you know that this root complex forwards between its ports (a transfer that vanishes, or hangs the machine, says it does not), override:");
		check_type(finding, "echo always > " POLICY_FILE);
		break;
	default:
		check_advise(finding, "Move the cards closer to each other.");
		check_type(finding, "p2pctl topo %s %s",
			   patient->exporter->text, patient->importer->text);
	}
}

static void run_route(const struct check_patient *patient,
		      struct check_finding *finding)
{
	char text[ROUTE_TEXT];

	route_text(&patient->route, text);
	if (!route_is(&patient->route, P2P_ROUTE_NONE)) {
		check_saw(finding, patient->route.uncertain ? CHECK_UNKNOWN :
			  CHECK_OK, "%s", text);
		if (patient->route.uncertain) {
			check_advise(finding, "Only root can see ACS. Ask again as root.");
			check_type(finding, "sudo p2pctl doctor %s %s",
				   patient->exporter->text,
				   patient->importer->text);
		}
		return;
	}
	check_saw(finding, CHECK_STOP, "%s", text);
	advise_host(patient, finding);
}

static void run_acs(const struct check_patient *patient,
		    struct check_finding *finding)
{
	bool none = route_is(&patient->route, P2P_ROUTE_NONE);
	char bridge[P2P_ADDRESS_SIZE];

	if (!redirected(patient)) {
		check_saw(finding, CHECK_OK, "ACS does not send requests past a common bridge");
		return;
	}
	p2p_address_format(&patient->route.info.blocker, bridge, sizeof(bridge));
	check_saw(finding, none ? CHECK_STOP : CHECK_WARN,
		  "ACS on %s sends requests up to the root complex, past the switch that both are below",
		  bridge);
	advise_acs(patient, !none, finding);
}

static bool host_used(const struct check_patient *patient, int host)
{
	return !patient->exporter || !patient->importer ||
	       patient->exporter->host == host ||
	       patient->importer->host == host;
}

/* A host bridge in use that does not forward as far as anybody knows, or -1. */
static int unlisted(const struct check_patient *patient)
{
	int i;

	for (i = 0; i < patient->fabric.nr_hosts; i++) {
		if (host_used(patient, i) &&
		    route_host_listed(&patient->fabric, i) == ROUTE_UNLISTED)
			return i;
	}
	return -1;
}

static void say_unlisted(const struct check_patient *patient, int host,
			 struct check_finding *finding)
{
	const struct fabric_host *facts = &patient->fabric.hosts[host];
	const struct fn *first = facts->first < 0 ? NULL :
				 &patient->fabric.fns[facts->first];

	check_saw(finding, CHECK_WARN,
		  "host bridge %04x:%02x (%04x:%04x) is not on the allow-list: only devices below one switch reach each other",
		  facts->domain, facts->bus, first ? first->vendor : 0,
		  first ? first->device : 0);
	check_advise(finding,
		     "Nothing to do if both cards are below one switch. Or, if you know that this root complex forwards:");
	check_type(finding, "echo always > " POLICY_FILE);
}

static void run_host(const struct check_patient *patient,
		     struct check_finding *finding)
{
	const char *policy = patient->hosts.policy;
	int host;

	if (!strcmp(policy, "never")) {
		check_saw(finding, CHECK_WARN,
			  "host_bridge=never: only devices below one switch reach each other");
		check_advise(finding, "Allow known root complexes:");
		check_type(finding, "echo allowlist > " POLICY_FILE);
	} else if (patient->hosts.cpu_forwards) {
		check_saw(finding, CHECK_OK, "the CPU's root complex forwards");
	} else if (!strcmp(policy, "always")) {
		check_saw(finding, CHECK_OK, "host_bridge=always");
	} else {
		host = unlisted(patient);
		if (host < 0)
			check_saw(finding, CHECK_OK,
				  "host bridges on the allow-list");
		else
			say_unlisted(patient, host, finding);
	}
}

const struct check check_route[] = {
	{ "route-host-bridge", CHECK_MACHINE, run_host },
	{ "route-acs", CHECK_PAIR, run_acs },
	{ "route", CHECK_PAIR, run_route },
	{}
};
