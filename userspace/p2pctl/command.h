/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subcommands. Each has a file cmd_NAME.c, gets its own argv ("p2pctl NAME"
 * first) and returns the exit code.
 */
#ifndef P2PCTL_COMMAND_H
#define P2PCTL_COMMAND_H

int cmd_bench(int argc, char **argv);
int cmd_bind(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_route(int argc, char **argv);
int cmd_topo(int argc, char **argv);
int cmd_unbind(int argc, char **argv);
int cmd_watch(int argc, char **argv);

#endif
