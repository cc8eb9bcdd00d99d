/* Tables with one row for each value of an enum, in its order. */
#ifndef TG_BASE_ROWS_H
#define TG_BASE_ROWS_H

/** How many rows a table has. */
#define TG_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/**
 * Stops the compiler if a table does not have @p count rows. The table must be declared
 * without a size and its rows written in order, not by index: then there is no hole in it.
 */
#define TG_ROWS_ARE(table, count)                                                                  \
    _Static_assert(TG_ROWS(table) == (count), #table ": one row for each of " #count)

#endif
