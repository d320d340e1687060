#ifndef CLI_STATUS_H
#define CLI_STATUS_H

/* What the program ends with. */
typedef enum Status {
    STATUS_DONE = 0, /* also: yes, found, holds */
    STATUS_NO = 1,
    STATUS_USAGE = 2,
    STATUS_INPUT = 3,     /* a named input cannot be read or is not what it claims to be */
    STATUS_UNDECIDED = 4, /* or a limit that the user set was hit */
    STATUS_INTERNAL = 5,  /* or output could not be written */
    STATUS_INTERRUPTED = 130
} Status;

#endif
