/* Tables with one row for each value of an enum, in its order. */
#ifndef TG_BASE_ROWS_H
#define TG_BASE_ROWS_H

/** How many rows a table has. */
#define TG_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/**
 * Stops the compiler if a table does not have @p count rows. Declare the table
 * without a size and write its rows in order, not by index, so that none can be missing.
 */
#define TG_ROWS_ARE(table, count)                                                                  \
    _Static_assert(TG_ROWS(table) == (count), #table ": one row for each of " #count)

#endif
