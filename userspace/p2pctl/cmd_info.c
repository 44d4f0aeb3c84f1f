// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2pctl info: what buffers are, and who uses them.
 *
 * Two sources: the library, which describes one descriptor, and the module's
 * table in debugfs, which has all of them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buffers.h"
#include "command.h"
#include "json.h"
#include "remote.h"
#include "term.h"

struct request {
	const char *text[2];
	int nr;
	bool all;
	bool json;
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "All buffers, from debugfs", 0 },
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
	case 'a':
		request->all = true;
		return 0;
	case KEY_JSON:
		request->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->nr == 2)
			args_refuse("too much: '%s'", arg);
		request->text[request->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- one ---------------------------------------------------------------------- */

static void print_importer(const struct p2p_importer *importer)
{
	const struct route route = { .info = importer->route, .asked = true };
	char name[P2P_ADDRESS_SIZE], text[ROUTE_TEXT];

	route_text(&route, text);
	printf("  importer %s %s: maps %u, pins %u%s; %s\n",
	       route_importer_name(importer, name), importer->driver, importer->maps,
	       importer->pins,
	       importer->flags & P2P_IMPORTER_KEEPS ? ", keeps them" : "", text);
}

static void print_one(const struct p2p_info *info)
{
	char address[P2P_ADDRESS_SIZE], size[TERM_SIZE];
	size_t i;

	printf("buffer %llu: BAR %u of %s, %s, %s%s, revoked %llu times\n",
	       (unsigned long long)info->id, info->bar,
	       p2p_address_format(&info->address, address, sizeof(address)),
	       term_size(info->length, size), p2p_state_name(info->state),
	       info->flags & P2P_INFO_READ_ONLY ? ", read-only" : "",
	       (unsigned long long)info->generation);
	for (i = 0; i < info->nr_ranges; i++)
		printf("  range %#llx, %s\n",
		       (unsigned long long)info->ranges[i].offset,
		       term_size(info->ranges[i].length, size));
	for (i = 0; i < info->nr_importers; i++)
		print_importer(&info->importers[i]);
}

static struct json_object *importer_json(const struct p2p_importer *importer)
{
	const struct route route = { .info = importer->route, .asked = true };
	struct json_object *object = json_object_new_object();

	if (importer->flags & P2P_IMPORTER_NOT_PCI)
		json_add_text(object, "device", NULL);
	else
		json_add_address(object, "device", &importer->address);
	json_add_text(object, "driver", importer->driver);
	json_add_number(object, "maps", importer->maps);
	json_add_number(object, "pins", importer->pins);
	json_add_flag(object, "keeps", importer->flags & P2P_IMPORTER_KEEPS);
	json_object_object_add(object, "route", json_route(&route));
	return object;
}

static void json_one(const struct p2p_info *info)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list, *range;
	size_t i;

	json_add_number(object, "id", info->id);
	json_add_address(object, "device", &info->address);
	json_add_number(object, "bar", info->bar);
	json_add_number(object, "length", info->length);
	json_add_text(object, "state", p2p_state_name(info->state));
	json_add_flag(object, "read_only", info->flags & P2P_INFO_READ_ONLY);
	json_add_number(object, "generation", info->generation);
	json_add_number(object, "events", info->events);
	list = json_add_list(object, "ranges");
	for (i = 0; i < info->nr_ranges; i++) {
		range = json_object_new_object();
		json_add_number(range, "offset", info->ranges[i].offset);
		json_add_number(range, "length", info->ranges[i].length);
		json_object_array_add(list, range);
	}
	list = json_add_list(object, "importers");
	for (i = 0; i < info->nr_importers; i++)
		json_object_array_add(list, importer_json(&info->importers[i]));
	json_print(object);
}

static int show_one(const struct request *request)
{
	int fd = remote_fd(request->text[0], request->text[1]);
	struct p2p_info *info = p2p_info_get(fd);
	int err = errno;

	close(fd);
	if (!info && err == EINVAL)
		return args_complain("descriptor %s of process %s is of something else",
				     request->text[1], request->text[0]);
	if (!info)
		return args_complain("cannot ask /dev/p2p_dmabuf: %s",
				     strerror(err));
	if (request->json)
		json_one(info);
	else
		print_one(info);
	p2p_info_free(info);
	return EXIT_YES;
}

/* --- all ---------------------------------------------------------------------- */

static void print_entry(const struct buffers_entry *entry)
{
	const struct buffers_importer *importer;
	char size[TERM_SIZE];
	int i;

	printf("buffer %llu: BAR %d of %s, %s, %s, revoked %llu times, %u ranges\n",
	       entry->id, entry->bar, entry->exporter,
	       term_size(entry->size, size), entry->state, entry->generation,
	       entry->ranges);
	for (i = 0; i < entry->nr_importers; i++) {
		importer = &entry->importers[i];
		printf("  importer %s %s: maps %u, pins %u; %s, distance %u: %s\n",
		       importer->device, importer->driver, importer->maps,
		       importer->pins, importer->route, importer->distance,
		       importer->reason);
	}
}

static struct json_object *entry_importer_json(const struct buffers_importer *of)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "device", of->device);
	json_add_text(object, "driver", of->driver);
	json_add_text(object, "route", of->route);
	json_add_number(object, "distance", of->distance);
	json_add_number(object, "maps", of->maps);
	json_add_number(object, "pins", of->pins);
	json_add_text(object, "reason", of->reason);
	return object;
}

static struct json_object *entry_json(const struct buffers_entry *entry)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list;
	int i;

	json_add_number(object, "id", entry->id);
	json_add_text(object, "device", entry->exporter);
	json_add_number(object, "bar", entry->bar);
	json_add_number(object, "length", entry->size);
	json_add_text(object, "state", entry->state);
	json_add_number(object, "generation", entry->generation);
	json_add_number(object, "nr_ranges", entry->ranges);
	list = json_add_list(object, "importers");
	for (i = 0; i < entry->nr_importers; i++)
		json_object_array_add(list,
				      entry_importer_json(&entry->importers[i]));
	return object;
}

static int show_all(const struct request *request)
{
	struct json_object *list = NULL;
	struct buffers buffers;
	int i, ret = buffers_load(&buffers);

	if (ret)
		return args_complain(BUFFERS_FILE ": %s", strerror(-ret));
	if (request->json)
		list = json_object_new_array();
	for (i = 0; i < buffers.nr; i++) {
		if (list)
			json_object_array_add(list,
					      entry_json(&buffers.list[i]));
		else
			print_entry(&buffers.list[i]);
	}
	if (list)
		json_print(list);
	buffers_free(&buffers);
	return EXIT_YES;
}

int cmd_info(int argc, char **argv)
{
	static const struct argp parser = {
		.options = options,
		.parser = parse,
		.args_doc = "PID FD\n--all",
		.doc = "Describes a buffer, by a descriptor of a process, or all buffers.",
	};
	struct request request = {};

	args_parse(&parser, argc, argv, &request);
	if (request.all && request.nr)
		args_refuse("either --all, or PID FD");
	if (request.all)
		return show_all(&request);
	if (request.nr < 2)
		args_refuse("needs a process and its descriptor, or --all: PID FD");
	return show_one(&request);
}
