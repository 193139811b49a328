/* The allocator of static memory, alone. */
#include "facade/memory_pool.h"

#include "check.h"

enum { BLOCK_BYTES = 64 * 1024, PIECES = 64 };

static TIRTC_MEMORY(memory, BLOCK_BYTES);
static ti_pool_t *pool;

static tirtc_memory_info_t info(void)
{
    tirtc_memory_info_t read;
    ti_pool_read(pool, &read);
    return read;
}

static void begin(void)
{
    pool = ti_pool_make(&memory, BLOCK_BYTES);
    CHECK_EQUAL(info().bytes, BLOCK_BYTES - TI_POOL_HEAD_BYTES);
}

/* As it was made. */
static void end(void)
{
    CHECK_EQUAL(info().free_bytes, info().bytes);
    CHECK_EQUAL(info().largest_free_bytes, info().bytes);
    ti_pool_unmake(pool);
}

TEST(pieces_are_aligned_apart_and_inside_the_block)
{
    unsigned char *pieces[PIECES];
    begin();
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = ti_pool_take(pool, i * 20 + 1);
        REQUIRE(pieces[i] != NULL);
        CHECK_EQUAL((uintptr_t)pieces[i] % TIRTC_MEMORY_ALIGNMENT, 0);
        CHECK(pieces[i] > memory.block && pieces[i] + i * 20 + 1 <= memory.block + BLOCK_BYTES);
        memset(pieces[i], (int)i, i * 20 + 1);
    }
    for (size_t i = 0; i < PIECES; i++) {
        CHECK(pieces[i][0] == i && pieces[i][i * 20] == i);
        ti_pool_give(pool, pieces[i], i * 20 + 1);
    }
    end();
}

TEST(all_of_it_can_be_had_in_one_piece_and_not_a_byte_more)
{
    begin();
    size_t all = info().bytes;
    CHECK(ti_pool_take(pool, all + 1) == NULL);
    CHECK(ti_pool_take(pool, SIZE_MAX) == NULL);
    CHECK_EQUAL(info().refusals, 2);
    void *piece = ti_pool_take(pool, all);
    CHECK(piece != NULL);
    CHECK(ti_pool_take(pool, 1) == NULL);
    CHECK_EQUAL(info().free_bytes, 0);
    CHECK_EQUAL(info().least_free_bytes, 0);
    CHECK_EQUAL(info().largest_free_bytes, 0);
    ti_pool_give(pool, piece, all);
    CHECK_EQUAL(info().least_free_bytes, 0);
    end();
}

TEST(pieces_given_back_in_any_order_become_one_again)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t size = 16; size <= 16384; size *= 32) {
        for (int i = 0; i < 6; i++) {
            void *pieces[3];
            begin();
            for (int j = 0; j < 3; j++) {
                pieces[j] = ti_pool_take(pool, size);
                REQUIRE(pieces[j] != NULL);
            }
            for (int j = 0; j < 3; j++) {
                ti_pool_give(pool, pieces[orders[i][j]], size);
            }
            end();
        }
    }
}

TEST(short_lived_pieces_are_not_placed_between_buffers)
{
    begin();
    void *small = ti_pool_take(pool, 100);
    void *large = ti_pool_take(pool, 8192);
    void *moment = ti_pool_take(pool, 100);
    void *other = ti_pool_take(pool, 8192);
    ti_pool_give(pool, large, 8192);
    ti_pool_give(pool, other, 8192);
    CHECK(info().largest_free_bytes >= info().bytes - 2 * 112);
    ti_pool_give(pool, moment, 100);
    ti_pool_give(pool, small, 100);
    end();
}

TEST(a_buffer_takes_the_tightest_place)
{
    begin();
    void *first = ti_pool_take(pool, 4096), *wall = ti_pool_take(pool, 2048);
    void *second = ti_pool_take(pool, 8192), *floor = ti_pool_take(pool, 2048);
    ti_pool_give(pool, first, 4096);
    ti_pool_give(pool, second, 8192);
    void *tight = ti_pool_take(pool, 8192 - 16);
    CHECK((char *)tight == (char *)second + 16);
    CHECK(ti_pool_take(pool, 4096) == first);
    ti_pool_give(pool, first, 4096);
    ti_pool_give(pool, wall, 2048);
    ti_pool_give(pool, floor, 2048);
    ti_pool_give(pool, tight, 8192 - 16);
    end();
}

/* Anything goes, with a pattern in every piece, until no more fits, and then some. */
TEST(a_hundred_thousand_random_pieces_keep_their_bytes_and_leave_no_trace)
{
    unsigned char *pieces[PIECES] = {NULL};
    size_t sizes[PIECES];
    uint32_t chance = 1;
    begin();
    for (int i = 0; i < 100000; i++) {
        chance = chance * 1664525u + 1013904223u;
        size_t which = chance >> 26;
        size_t size = 1 + (chance >> 8) % (chance % 3 == 0 ? 9000 : 300);
        if (pieces[which] != NULL) {
            CHECK(pieces[which][0] == which && pieces[which][sizes[which] - 1] == which);
            ti_pool_give(pool, pieces[which], sizes[which]);
            pieces[which] = NULL;
        } else if ((pieces[which] = ti_pool_take(pool, size)) != NULL) {
            sizes[which] = size;
            memset(pieces[which], (int)which, size);
        }
    }
    CHECK(info().refusals > 100);
    for (size_t which = 0; which < PIECES; which++) {
        if (pieces[which] != NULL) {
            ti_pool_give(pool, pieces[which], sizes[which]);
        }
    }
    end();
}

int main(void)
{
    RUN(pieces_are_aligned_apart_and_inside_the_block);
    RUN(all_of_it_can_be_had_in_one_piece_and_not_a_byte_more);
    RUN(pieces_given_back_in_any_order_become_one_again);
    RUN(short_lived_pieces_are_not_placed_between_buffers);
    RUN(a_buffer_takes_the_tightest_place);
    RUN(a_hundred_thousand_random_pieces_keep_their_bytes_and_leave_no_trace);
    return check_result();
}
