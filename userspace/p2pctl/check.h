/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The doctor's checks.
 *
 * Each looks at one thing that can stop a transfer. It says what it has seen and,
 * unless all is well, what to change, in words and as a command to type.
 */
#ifndef P2PCTL_CHECK_H
#define P2PCTL_CHECK_H

#include "group.h"
#include "route.h"

enum check_verdict {
	CHECK_OK,
	CHECK_WARN,
	CHECK_STOP,
	CHECK_UNKNOWN,
};

struct check_patient {
	struct fabric fabric;
	struct route_hosts hosts;
	const struct fn *exporter;	/* NULL: the machine alone */
	const struct fn *importer;
	int bar;			/* of the exporter; -1: the largest */
	struct route route;
};

struct check_finding {
	enum check_verdict verdict;
	char seen[320];
	char advice[480];
	char command[320];	/* several: one a line */
};

enum check_subject {
	CHECK_MACHINE,
	CHECK_EXPORTER,
	CHECK_IMPORTER,
	CHECK_PAIR,
};

struct check {
	const char *name;
	enum check_subject subject;
	void (*run)(const struct check_patient *patient,
		    struct check_finding *finding);
};

/* Each ends with an entry without a name. */
extern const struct check check_kernel[];
extern const struct check check_iommu[];
extern const struct check check_access[];
extern const struct check check_exporter[];
extern const struct check check_bar[];
extern const struct check check_buffers[];
extern const struct check check_importer[];
extern const struct check check_route[];

void check_saw(struct check_finding *finding, enum check_verdict verdict,
	       const char *format, ...) __attribute((format(printf, 3, 4)));
void check_advise(struct check_finding *finding, const char *format, ...)
	__attribute((format(printf, 2, 3)));
/* Adds a line. */
void check_type(struct check_finding *finding, const char *format, ...)
	__attribute((format(printf, 2, 3)));

/* The exporter's BAR in question, or -1 if none could be. */
int check_chosen_bar(const struct check_patient *patient);

/* What to add to the kernel's command line so that the IOMMU translates. */
const char *check_iommu_argument(void);

/* Whether the importer's driver holds on to what it has mapped. */
bool check_importer_pins(const struct fn *importer);

#endif
