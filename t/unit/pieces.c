/* Pieces of a text: none is lost, however many there are. */
#include "unit.h"

#include "server/request/pieces.h"

static void all_pieces_are_joined(void **state)
{
    tg_pieces_t pieces, more;
    int i;

    (void)state;
    tg_pieces_begin(unit_pool, &pieces);
    tg_pieces_begin(unit_pool, &more);
    for (i = 0; i < TG_PIECES_MAX - 1; i++) {
        tg_pieces_add(&pieces, ".");
    }
    tg_pieces_add(&more, "a");
    TG_PIECES_ADD_LITERAL(&more, "bc");
    tg_pieces_add(&more, "d");
    tg_pieces_add_all(&pieces, &more);
    assert_int_equal(pieces.n, TG_PIECES_MAX);
    assert_string_equal(tg_pieces_join(unit_pool, &pieces) + TG_PIECES_MAX - 1, "abcd");
    assert_string_equal(tg_pieces_join_some(unit_pool, &pieces, TG_PIECES_MAX - 1, pieces.n), "abcd");
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(all_pieces_are_joined) };

UNIT_MAIN(tests)
