/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON: short names for what all subcommands put into it.
 */
#ifndef P2PCTL_JSON_H
#define P2PCTL_JSON_H

#include <json-c/json.h>

#include "route.h"

/* Each takes what it is given into @object; NULL texts become null. */
void json_add_text(struct json_object *object, const char *key, const char *text);
void json_add_flag(struct json_object *object, const char *key, bool value);
void json_add_number(struct json_object *object, const char *key, uint64_t value);
void json_add_address(struct json_object *object, const char *key,
		      const struct p2p_address *address);
struct json_object *json_add_list(struct json_object *object, const char *key);

struct json_object *json_route(const struct route *route);

/* Prints, and frees. */
void json_print(struct json_object *object);

#endif
