// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON output.
 *
 * Invariant: one document on stdout, ended by a line feed; keys with '_', texts
 * that programs compare with '-'; sizes and offsets in bytes.
 */
#include <stdio.h>

#include "json.h"

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key,
			       text ? json_object_new_string(text) : NULL);
}

void json_add_flag(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_add_number(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

void json_add_address(struct json_object *object, const char *key,
		      const struct p2p_address *address)
{
	char text[P2P_ADDRESS_SIZE];

	json_add_text(object, key, p2p_address_format(address, text, sizeof(text)));
}

struct json_object *json_add_list(struct json_object *object, const char *key)
{
	struct json_object *list = json_object_new_array();

	json_object_object_add(object, key, list);
	return list;
}

struct json_object *json_route(const struct route *route)
{
	struct json_object *object = json_object_new_object();
	uint32_t flags = route->info.flags;

	json_add_text(object, "type", p2p_route_type_name(route->info.type));
	json_add_number(object, "distance", route->info.distance);
	json_add_text(object, "reason", p2p_route_reason_name(route->info.reason));
	json_add_flag(object, "translated", flags & P2P_ROUTE_TRANSLATED);
	json_add_flag(object, "redirected", flags & P2P_ROUTE_REDIRECTED);
	if (flags & P2P_ROUTE_HAS_BLOCKER)
		json_add_address(object, "blocker", &route->info.blocker);
	else
		json_add_text(object, "blocker", NULL);
	json_add_text(object, "source", route->asked ? "kernel" : "estimate");
	json_add_flag(object, "certain", !route->uncertain);
	return object;
}

void json_print(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
