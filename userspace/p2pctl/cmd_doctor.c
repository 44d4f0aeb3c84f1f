// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl doctor: everything that can stop a transfer, and what to do about it.
 *
 * Invariant: every check that applies is run and reported, whatever those before
 * it found; the exit code is 0 exactly if none says "stop".
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "command.h"
#include "json.h"
#include "term.h"

enum {
	KEY_BAR = KEY_FIRST,
};

struct request {
	const char *text[2];
	int nr;
	int bar;
	bool json;
	bool quiet;
};

static const struct check * const tables[] = {
	check_kernel, check_iommu, check_access, check_exporter, check_bar,
	check_buffers, check_importer, check_route,
};

static const struct {
	const char *word;
	enum term_style style;
} verdicts[] = {
	[CHECK_OK] = { "ok", TERM_GREEN },
	[CHECK_WARN] = { "warn", TERM_YELLOW },
	[CHECK_STOP] = { "stop", TERM_RED },
	[CHECK_UNKNOWN] = { "unknown", TERM_CYAN },
};

static const struct argp_option options[] = {
	{ "bar", KEY_BAR, "N", 0, "The exporter's BAR (default: the largest)", 0 },
	{ "quiet", 'q', NULL, 0, "Leave out what is ok", 0 },
	ARGS_JSON,
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL;
		return 0;
	case KEY_BAR:
		request->bar = args_number(arg, "the BAR", 0, 5);
		return 0;
	case 'q':
		request->quiet = true;
		return 0;
	case KEY_JSON:
		request->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->nr == 2)
			args_refuse("one device too many: '%s'", arg);
		request->text[request->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool applies(const struct check_patient *patient,
		    const struct check *check)
{
	switch (check->subject) {
	case CHECK_EXPORTER:
		return patient->exporter;
	case CHECK_IMPORTER:
		return patient->importer;
	case CHECK_PAIR:
		return patient->exporter && patient->importer;
	default:
		return true;
	}
}

static const char *subject(const struct check_patient *patient,
			   const struct check *check)
{
	switch (check->subject) {
	case CHECK_EXPORTER:
		return patient->exporter->text;
	case CHECK_IMPORTER:
		return patient->importer->text;
	default:
		return NULL;
	}
}

static void print_lines(const char *prefix, const char *text)
{
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		printf("%s%.*s\n", prefix, (int)(end - text), text);
	}
}

static void print_finding(const struct check *check, const char *of,
			  const struct check_finding *finding)
{
	enum term_style style = verdicts[finding->verdict].style;

	printf("%s%-7s%s %-24s %s%s%s\n", term_begin(style),
	       verdicts[finding->verdict].word, term_end(), check->name,
	       of ? of : "", of ? ": " : "", finding->seen);
	print_lines("            ", finding->advice);
	print_lines("              # ", finding->command);
}

static struct json_object *finding_json(const struct check *check,
					const char *of,
					const struct check_finding *finding)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "check", check->name);
	json_add_text(object, "device", of);
	json_add_text(object, "verdict", verdicts[finding->verdict].word);
	json_add_text(object, "seen", finding->seen);
	json_add_text(object, "advice",
		      *finding->advice ? finding->advice : NULL);
	json_add_text(object, "command",
		      *finding->command ? finding->command : NULL);
	return object;
}

static void run_check(const struct check_patient *patient,
		      const struct check *check, const struct request *request,
		      struct json_object *list, int counts[4])
{
	struct check_finding finding = {};
	const char *of = subject(patient, check);

	check->run(patient, &finding);
	counts[finding.verdict]++;
	if (request->quiet && finding.verdict == CHECK_OK)
		return;
	if (list)
		json_object_array_add(list, finding_json(check, of, &finding));
	else
		print_finding(check, of, &finding);
}

static void run_all(const struct check_patient *patient,
		    const struct request *request, struct json_object *list,
		    int counts[4])
{
	const struct check *check;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (check = tables[i]; check->name; check++) {
			if (applies(patient, check))
				run_check(patient, check, request, list,
					  counts);
		}
	}
}

static void conclude(struct json_object *object, const int counts[4])
{
	int i;

	if (!object) {
		printf("%s%d ok, %d warn, %d stop, %d unknown: %s%s\n",
		       term_begin(TERM_BOLD), counts[CHECK_OK],
		       counts[CHECK_WARN], counts[CHECK_STOP],
		       counts[CHECK_UNKNOWN], counts[CHECK_STOP] ?
		       "a transfer is stopped" : "nothing stops a transfer",
		       term_end());
		return;
	}
	for (i = 0; i < 4; i++)
		json_add_number(object, verdicts[i].word, counts[i]);
	json_print(object);
}

static void patient_load(struct check_patient *patient,
			 const struct request *request)
{
	fabric_load(&patient->fabric);
	route_hosts_load(&patient->hosts);
	patient->bar = request->bar;
	if (request->nr > 0)
		patient->exporter = fabric_find_text(&patient->fabric,
						     request->text[0]);
	if (request->nr < 2)
		return;
	patient->importer = fabric_find_text(&patient->fabric,
					     request->text[1]);
	route_find(&patient->fabric, &patient->hosts, patient->exporter,
		   patient->importer, &patient->route);
}

int cmd_doctor(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "[EXPORTER [IMPORTER]]",
		.doc =
			"Walks through everything that can stop a transfer by IMPORTER into EXPORTER's BARs, and says what to change. Exit code 0 if nothing stops it.",
	};
	struct json_object *object = NULL, *list = NULL;
	struct request request = { .bar = -1 };
	struct check_patient patient = {};
	int counts[4] = {};

	args_parse(&parser, argc, argv, &request);
	if (request.bar >= 0 && !request.nr)
		args_refuse("--bar needs an EXPORTER");
	patient_load(&patient, &request);
	if (request.json) {
		object = json_object_new_object();
		list = json_add_list(object, "findings");
	}
	run_all(&patient, &request, list, counts);
	conclude(object, counts);
	fabric_free(&patient.fabric);
	return counts[CHECK_STOP] ? EXIT_NO : EXIT_YES;
}
