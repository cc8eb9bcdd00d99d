/* The name and version of tlsgatectl, and how the messages of the module are recognized. */
#ifndef TG_BASE_PROGRAM_H
#define TG_BASE_PROGRAM_H

#define TG_PROGRAM_NAME "tlsgatectl"
#define TG_PROGRAM_VERSION "1.0"

/** How the identifier of a message of the error log begins; four digits and a colon follow. */
#define TG_PROGRAM_MESSAGE "TLSGATE"

#endif
