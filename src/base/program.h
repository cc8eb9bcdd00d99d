/* The name and version of tlsgatectl. */
#ifndef TG_BASE_PROGRAM_H
#define TG_BASE_PROGRAM_H

#define TG_PROGRAM_NAME "tlsgatectl"
#define TG_PROGRAM_VERSION "1.0"

#endif
