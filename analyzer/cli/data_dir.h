#ifndef CLI_DATA_DIR_H
#define CLI_DATA_DIR_H

#include "base/arena.h"

/* The directory of the running program, in `arena`; NULL when the system does not tell. */
const char *program_directory(Arena *arena);

/*
 * Where the rule data is: beside the place of a program that was built and not installed
 * (build/amlblast finds data/), share/amlblast beside the bin directory of an installed one,
 * else where `make install` put it.
 */
const char *data_directory(Arena *arena);

#endif
