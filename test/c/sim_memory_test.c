/* Port `sim`: the memory that devices take through it. */
#include "check.h"
#include "tirtc_sim.h"

static tirtc_sim_t *sim;
static const tirtc_port_t *port;

static void begin(const tirtc_sim_options_t *options)
{
    sim = tirtc_sim_open(options);
    REQUIRE(sim != NULL);
    port = tirtc_sim_port(sim);
    REQUIRE(port != NULL);
}

static void end(void)
{
    tirtc_sim_close(sim);
}

TEST(memory_is_counted_and_a_release_with_another_size_is_noticed)
{
    begin(NULL);
    void *one = port->allocate(port->context, 100);
    void *two = port->allocate(port->context, 50);
    CHECK((uintptr_t)one % _Alignof(max_align_t) == 0);
    tirtc_sim_memory_t memory = tirtc_sim_memory(sim);
    CHECK_EQUAL(memory.blocks, 2);
    CHECK_EQUAL(memory.bytes, 150);
    port->release(port->context, one, 100);
    CHECK_EQUAL(tirtc_sim_memory(sim).bad_releases, 0);
    port->release(port->context, two, 49);
    memory = tirtc_sim_memory(sim);
    CHECK_EQUAL(memory.blocks, 0);
    CHECK_EQUAL(memory.bytes, 0);
    CHECK_EQUAL(memory.peak_bytes, 150);
    CHECK_EQUAL(memory.allocations, 2);
    CHECK_EQUAL(memory.bad_releases, 1);
    end();
}

TEST(memory_is_filled_with_a_pattern_unless_it_comes_as_it_is)
{
    tirtc_sim_options_t options = {0};
    for (int as_it_comes = 0; as_it_comes <= 1; as_it_comes++) {
        options.memory_as_it_comes = as_it_comes == 1;
        begin(&options);
        uint8_t *block = port->allocate(port->context, 3);
        REQUIRE(block != NULL);
        if (!options.memory_as_it_comes) { /* as it comes, it may hold anything, and must not be read */
            CHECK(block[0] == 0xa5 && block[1] == 0xa5 && block[2] == 0xa5);
        }
        block[2] = 7;
        CHECK_EQUAL(tirtc_sim_memory(sim).bytes, 3);
        port->release(port->context, block, 3);
        CHECK_EQUAL(tirtc_sim_memory(sim).blocks, 0);
        CHECK_EQUAL(tirtc_sim_memory(sim).bad_releases, 0);
        end();
    }
}

TEST(the_nth_allocation_and_the_given_number_after_it_fail)
{
    begin(NULL);
    tirtc_sim_fail_allocation(sim, 2, 2);
    void *first = port->allocate(port->context, 1);
    CHECK(first != NULL);
    CHECK(port->allocate(port->context, 1) == NULL);
    CHECK(port->allocate(port->context, 1) == NULL);
    void *fourth = port->allocate(port->context, 1);
    CHECK(fourth != NULL);
    CHECK_EQUAL(tirtc_sim_memory(sim).allocations, 4);
    port->release(port->context, first, 1);
    port->release(port->context, fourth, 1);
    end();
}

int main(void)
{
    RUN(memory_is_counted_and_a_release_with_another_size_is_noticed);
    RUN(memory_is_filled_with_a_pattern_unless_it_comes_as_it_is);
    RUN(the_nth_allocation_and_the_given_number_after_it_fail);
    return check_result();
}
