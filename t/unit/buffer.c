/* A buffer ends at its limit, also at one that is set later. */
#include "unit.h"

#include "base/buffer.h"

static void a_limit_holds(void **state)
{
    tg_buffer_t buffer = { .pool = unit_pool, .most = 5 };

    (void)state;
    assert_true(tg_buffer_append(&buffer, "abc", 3));
    assert_false(tg_buffer_append(&buffer, "def", 3));
    assert_true(tg_buffer_append(&buffer, "de", 2));
    same_text(buffer.text, "abcde", "all that fits");
    assert_false(tg_buffer_append(&buffer, "f", 1));
    assert_true(tg_buffer_append(&buffer, "", 0));
    buffer.most = 0;
    assert_false(tg_buffer_append(&buffer, "f", 1));
    assert_false(tg_buffer_append(&buffer, "", 0));
    same_text(buffer.text, "abcde", "nothing more");
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(a_limit_holds) };

UNIT_MAIN(tests)
