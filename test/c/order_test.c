/* Start, stop, connect, disconnect and close in every order and at every moment: which events are reported, how often,
 * and in which order. */
#include "check.h"
#include "pair.h"

enum { SOON_MS = 100, LATER_MS = 15000 };

static tirtc_bytes_t bytes_of(const char *text)
{
    return (tirtc_bytes_t){text, strlen(text)};
}

static int connect_to(tirtc_device_t *client, const char *id, tirtc_connection_t *connection)
{
    return tirtc_device_connect(client, bytes_of(id), bytes_of("v1.token.x"), NULL, connection);
}

/* ---- start and stop ---- */

/* What a program may believe: nothing is started, or this id is. */
static void play(world_t *world, tirtc_device_t *device, const char *moves)
{
    tirtc_options_t one = world_options("device-1", "secret-1"), other = world_options("device-2", "secret-2");
    const tirtc_options_t *running = NULL;
    size_t starts = 0;
    for (const char *move = moves; *move != '\0'; move++) {
        if (*move == 's' || *move == 'o') {
            const tirtc_options_t *wanted = *move == 's' ? &one : &other;
            bool legal = running == NULL || running == wanted;
            CHECK_EQUAL(tirtc_device_start(device, wanted), legal ? 0 : TIRTC_E_INVALID_PARAMETER);
            starts += running == NULL ? 1 : 0;
            running = running == NULL ? wanted : running;
        } else if (*move == 'x') {
            CHECK_EQUAL(tirtc_device_stop(device), 0);
            running = NULL;
        } else {
            world_settle(world);
        }
    }
    world_run(world, SOON_MS);
    CHECK_EQUAL(world_count(world, device, TIRTC_DEVICE_STOPPED), starts - (running != NULL ? 1 : 0));
    CHECK_EQUAL(service_start_link(world->service, "device-1") != NULL, running == &one);
    CHECK_EQUAL(service_start_link(world->service, "device-2") != NULL, running == &other);
}

/* The events so far have alternated: no STARTED or STOPPED after a STOPPED without a start between. */
static void check_last_is_stopped(world_t *world, tirtc_device_t *device)
{
    size_t started = world_count(world, device, TIRTC_DEVICE_STARTED);
    CHECK_EQUAL(tirtc_device_stop(device), 0);
    world_run(world, SOON_MS);
    CHECK_EQUAL(world_count(world, device, TIRTC_DEVICE_STARTED), started);
    CHECK(started <= world_count(world, device, TIRTC_DEVICE_STOPPED));
}

TEST(every_short_sequence_of_starts_and_stops_ends_each_start_once)
{
    static const char moves[] = "sox.";
    enum { LENGTH = 5, SEQUENCES = 4 * 4 * 4 * 4 * 4 };
    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
        char text[LENGTH + 1] = "";
        for (int i = 0, rest = sequence; i < LENGTH; i++, rest /= 4) {
            text[i] = moves[rest % 4];
        }
        world_t world;
        world_start(&world, NULL);
        service_add_device(world.service, "device-1", "secret-1");
        service_add_device(world.service, "device-2", "secret-2");
        tirtc_device_t *device = world_open_device(&world);
        int failures = check_failures;
        play(&world, device, text);
        check_last_is_stopped(&world, device);
        world_end(&world);
        if (check_failures != failures) {
            fprintf(stderr, "after the moves %s\n", text);
        }
    }
}

static void refuse_next_start(world_t *world)
{
    service_script(world->service, &(service_fault_t){.kind = SERVICE_BYE, .only = SERVICE_START, .reason = 1});
}

TEST(after_a_final_failure_a_start_works_again_with_the_same_id_or_another)
{
    for (int other = 0; other <= 1; other++) {
        world_t world;
        world_start(&world, NULL);
        refuse_next_start(&world);
        tirtc_options_t options = world_options("device-1", "secret-1");
        tirtc_options_t next = other ? world_options("device-2", "secret-2") : options;
        tirtc_device_t *device = world_device(&world, &options);
        service_add_device(world.service, "device-2", "secret-2");
        const tirtc_event_t *failed = world_run_until(&world, device, TIRTC_DEVICE_START_FAILED, SOON_MS);
        REQUIRE(failed != NULL);
        CHECK_EQUAL(failed->error, TIRTC_E_INVALID_LICENSE);
        CHECK_EQUAL(failed->retry_in_ms, 0);
        CHECK_EQUAL(tirtc_device_start(device, &next), 0);
        CHECK_EQUAL(tirtc_device_start(device, &next), 0);
        CHECK(world_run_until(&world, device, TIRTC_DEVICE_STOPPED, SOON_MS) != NULL);
        CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
        CHECK_EQUAL(tirtc_device_stop(device), 0);
        world_run(&world, SOON_MS);
        CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STOPPED), 2);
        world_end(&world);
    }
}

/* Does what another thread might do at the very moment something is logged. */
struct moment {
    const char *line;
    tirtc_device_t *device;
    tirtc_options_t options;
    void (*act)(struct moment *moment);
    tirtc_connection_t connection;
    int result;
};

static void at_moment(void *user, int level, const char *module, const char *text, size_t size)
{
    struct moment *moment = user;
    (void)level, (void)module;
    if (moment->line != NULL && size >= strlen(moment->line) && memcmp(text, moment->line, strlen(moment->line)) == 0) {
        moment->line = NULL;
        moment->act(moment);
    }
}

static void stop_and_start(struct moment *moment)
{
    CHECK_EQUAL(tirtc_device_stop(moment->device), 0);
    CHECK_EQUAL(tirtc_device_start(moment->device, &moment->options), 0);
}

TEST(a_start_that_meets_the_final_failure_of_the_one_before_is_not_failed_by_it)
{
    world_t world;
    struct moment moment = {.options = world_options("device-1", "secret-1"), .act = stop_and_start};
    world_start(&world, &(world_options_t){.sim = {.log = at_moment, .user = &moment}});
    refuse_next_start(&world);
    moment.device = world_device(&world, &moment.options);
    moment.line = "the service ended the start link";
    CHECK(world_run_until(&world, moment.device, TIRTC_DEVICE_STARTED, LATER_MS) != NULL);
    CHECK_EQUAL(world_count(&world, moment.device, TIRTC_DEVICE_STOPPED), 1);
    /* It is started, so this changes nothing. */
    CHECK_EQUAL(tirtc_device_start(moment.device, &moment.options), 0);
    world_run(&world, SOON_MS);
    CHECK_EQUAL(world_count(&world, moment.device, TIRTC_DEVICE_STOPPED), 1);
    CHECK_EQUAL(world_count(&world, moment.device, TIRTC_DEVICE_STARTED), 1);
    world_end(&world);
}

/* The device of a world, with another thread that acts while the device makes room for a caller. */
struct between {
    world_t world;
    spy_t spy;
    tirtc_device_t *device;
    tirtc_options_t options;
    int connected; /* what the other thread's connect returned */
};

static void begin_between(struct between *between, uint32_t max_connections)
{
    world_start(&between->world, NULL);
    between->options = world_options("device-1", "secret-1");
    between->options.max_connections = max_connections;
    service_add_device(between->world.service, "device-1", "secret-1");
    service_add_played_device(between->world.service, "device-2");
    between->device = world_open_spied_device(&between->world, &between->spy);
    CHECK_EQUAL(tirtc_device_start(between->device, &between->options), 0);
    REQUIRE(world_run_until(&between->world, between->device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    between->spy.user = between;
}

static void restart_between(void *user)
{
    struct between *between = user;
    between->spy.on_allocate = NULL;
    CHECK_EQUAL(tirtc_device_stop(between->device), 0);
    CHECK_EQUAL(tirtc_device_start(between->device, &between->options), 0);
}

TEST(a_caller_of_a_start_that_was_just_stopped_does_not_join_the_next_one)
{
    struct between between;
    begin_between(&between, 0);
    between.spy.on_allocate = restart_between;
    service_call(between.world.service, "device-1", "caller");
    world_run(&between.world, SOON_MS);
    CHECK(between.spy.on_allocate == NULL);
    CHECK_EQUAL(world_count(&between.world, between.device, TIRTC_DEVICE_STOPPED), 1);
    CHECK_EQUAL(world_count(&between.world, between.device, TIRTC_DEVICE_STARTED), 2);
    CHECK_EQUAL(service_link_count(between.world.service, SERVICE_ACCEPT), 0);
    between.world.complaints_expected = true; /* of an unused call */
    world_end(&between.world);
}

static void connect_between(void *user)
{
    struct between *between = user;
    between->spy.on_allocate = NULL;
    between->connected = connect_to(between->device, "device-2", NULL);
}

TEST(a_caller_and_a_connect_at_the_same_moment_do_not_both_take_the_last_place)
{
    struct between between;
    begin_between(&between, 1);
    between.spy.on_allocate = connect_between;
    service_connection_t *call = service_call(between.world.service, "device-1", "caller");
    world_run(&between.world, SOON_MS);
    CHECK_EQUAL(between.connected, 0);
    CHECK(call->busy);
    CHECK_EQUAL(world_count(&between.world, between.device, TIRTC_CONNECTION_ACCEPTED), 0);
    const tirtc_event_t *connected = world_event(&between.world, between.device, TIRTC_CONNECTION_CONNECTED);
    CHECK(connected != NULL && connected->error == 0);
    world_end(&between.world);
}

/* ---- a stop, a disconnect and a close in every state of a connection ---- */

enum stage { ASKED, REACHING, WAITING, CONNECTED_UNTOLD, UP, FAILED_UNTOLD, FAILED, DRAINING, GONE_UNTOLD, STAGES };

static const char *const stage_names[] = {"asked",          "reaching", "waiting",  "connected, untold", "up",
                                          "failed, untold", "failed",   "draining", "gone, untold"};

struct scene {
    world_t world;
    tirtc_device_t *device;
    tirtc_device_t *client;
    tirtc_connection_t caller;
};

static void prepare(struct scene *scene)
{
    tirtc_options_t device = world_options("device-1", "secret-1"), client = world_options(NULL, NULL);
    world_start(&scene->world, NULL);
    scene->device = world_device(&scene->world, &device);
    scene->client = world_device(&scene->world, &client);
    REQUIRE(world_run_until(&scene->world, scene->device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    REQUIRE(world_run_until(&scene->world, scene->client, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
}

/* Bring a connection of the client into a stage. */
static void enter_stage(struct scene *scene, enum stage stage)
{
    world_t *world = &scene->world;
    prepare(scene);
    if (stage == REACHING) {
        tirtc_sim_next_dial(world_port(world, scene->client), &(tirtc_sim_dial_t){.never_answers = true});
    } else if (stage == WAITING) {
        service_script(world->service, &(service_fault_t){.kind = SERVICE_HANG_UPGRADED, .only = SERVICE_CONNECT});
    } else if (stage == CONNECTED_UNTOLD) {
        world_hold(world, scene->client, true);
    }
    REQUIRE(connect_to(scene->client, "device-1", &scene->caller) == 0);
    if (stage == ASKED) {
        return;
    }
    world_run(world, SOON_MS);
    if (stage == FAILED_UNTOLD || stage == GONE_UNTOLD) {
        world_hold(world, scene->client, true);
    }
    if (stage == FAILED_UNTOLD || stage == FAILED) {
        service_reset_link(service_last_connection(world->service)->client_link);
    } else if (stage == DRAINING || stage == GONE_UNTOLD) {
        service_mute(service_last_connection(world->service)->client_link, stage == DRAINING);
        CHECK_EQUAL(tirtc_connection_disconnect(scene->client, scene->caller), 0);
    }
    world_run(world, stage == GONE_UNTOLD ? 1000 : SOON_MS);
}

/* The index of the n-th such event among all of the client's, or -1. */
static int place_of(const struct scene *scene, tirtc_event_kind_t kind)
{
    return world_place(&scene->world, scene->client, kind);
}

static void check_told_once(struct scene *scene, enum stage stage, bool disconnected)
{
    world_t *world = &scene->world;
    CHECK_EQUAL(world_count(world, scene->client, TIRTC_CONNECTION_CONNECTED), 1);
    CHECK(world_count(world, scene->client, TIRTC_CONNECTION_FAILED) <= 1);
    bool gone = disconnected && stage >= UP;
    CHECK_EQUAL(world_count(world, scene->client, TIRTC_CONNECTION_GONE), gone || stage >= DRAINING);
    int failed = place_of(scene, TIRTC_CONNECTION_FAILED), gone_at = place_of(scene, TIRTC_CONNECTION_GONE);
    CHECK(failed < 0 || failed > place_of(scene, TIRTC_CONNECTION_CONNECTED));
    CHECK(gone_at < 0 || gone_at > failed);
}

/* Whatever happened, the next caller is served. */
static void check_serves(struct scene *scene)
{
    tirtc_connection_t next;
    tirtc_options_t client = world_options(NULL, NULL);
    CHECK_EQUAL(tirtc_device_start(scene->client, &client), 0);
    world_run(&scene->world, SOON_MS);
    world_forget(&scene->world);
    CHECK_EQUAL(connect_to(scene->client, "device-1", &next), 0);
    const tirtc_event_t *connected =
        world_run_until(&scene->world, scene->client, TIRTC_CONNECTION_CONNECTED, LATER_MS);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->error, 0);
    CHECK_EQUAL(connected->connection, next);
}

#define FOR_EACH_STAGE(...) \
    do { \
        for (enum stage stage = ASKED; stage < STAGES; stage++) { \
            struct scene scene; \
            int failures_ = check_failures; \
            enter_stage(&scene, stage); \
            __VA_ARGS__ \
            if (check_failures != failures_) { \
                fprintf(stderr, "when %s\n", stage_names[stage]); \
            } \
            world_end(&scene.world); \
        } \
    } while (0)

TEST(a_stop_in_every_state_tells_the_connection_then_itself)
{
    FOR_EACH_STAGE({
        CHECK_EQUAL(tirtc_device_stop(scene.client), 0);
        world_settle(&scene.world);
        world_hold(&scene.world, scene.client, false);
        world_run(&scene.world, LATER_MS);
        CHECK_EQUAL(world_count(&scene.world, scene.client, TIRTC_DEVICE_STOPPED), 1);
        int stopped = place_of(&scene, TIRTC_DEVICE_STOPPED);
        CHECK(stopped > place_of(&scene, TIRTC_CONNECTION_CONNECTED));
        CHECK(stopped > place_of(&scene, TIRTC_CONNECTION_FAILED));
        check_told_once(&scene, stage, false);
        check_serves(&scene);
    });
}

TEST(a_disconnect_in_every_state_is_answered_once)
{
    FOR_EACH_STAGE({
        bool over = stage >= DRAINING;
        CHECK_EQUAL(tirtc_connection_disconnect(scene.client, scene.caller), over ? TIRTC_E_INVALID_HANDLE : 0);
        CHECK_EQUAL(tirtc_connection_disconnect(scene.client, scene.caller), TIRTC_E_INVALID_HANDLE);
        world_hold(&scene.world, scene.client, false);
        world_run(&scene.world, LATER_MS);
        check_told_once(&scene, stage, true);
        if (stage < UP) { /* the program disconnected before the connection was reported */
            const tirtc_event_t *connected = world_event(&scene.world, scene.client, TIRTC_CONNECTION_CONNECTED);
            CHECK(connected != NULL && connected->error == TIRTC_E_CONN_OTHER_ERROR);
        }
        if (stage == FAILED_UNTOLD) { /* only the answer is reported after a disconnect */
            CHECK_EQUAL(world_count(&scene.world, scene.client, TIRTC_CONNECTION_FAILED), 0);
        }
        check_serves(&scene);
    });
}

TEST(a_close_in_every_state_leaves_nothing_behind)
{
    FOR_EACH_STAGE({
        world_close_device(&scene.world, scene.client);
        world_run(&scene.world, LATER_MS);
        CHECK_EQUAL(world_count(&scene.world, scene.device, TIRTC_DEVICE_SERVICE_LOST), 0);
    });
}

/* ---- order across starts ---- */

TEST(the_end_of_a_stopped_start_is_reported_before_events_of_the_next_one)
{
    struct scene scene;
    tirtc_connection_t next;
    tirtc_options_t client = world_options(NULL, NULL);
    enter_stage(&scene, UP);
    world_forget(&scene.world);
    world_hold(&scene.world, scene.client, true);
    CHECK_EQUAL(tirtc_device_stop(scene.client), 0);
    CHECK_EQUAL(tirtc_device_start(scene.client, &client), 0);
    CHECK_EQUAL(connect_to(scene.client, "device-1", &next), 0);
    world_run(&scene.world, 1000);
    world_hold(&scene.world, scene.client, false);
    world_run(&scene.world, SOON_MS);
    int stopped = place_of(&scene, TIRTC_DEVICE_STOPPED), started = place_of(&scene, TIRTC_DEVICE_STARTED);
    CHECK(place_of(&scene, TIRTC_CONNECTION_FAILED) == 0);
    CHECK(stopped == 1);
    CHECK(started > stopped);
    CHECK(place_of(&scene, TIRTC_CONNECTION_CONNECTED) > stopped);
    world_end(&scene.world);
}

/* ---- from within the handling of an event ---- */

struct reaction {
    tirtc_event_kind_t to;
    void (*act)(world_t *world, tirtc_device_t *device, tirtc_connection_t connection);
    size_t times;
};

static void react(world_t *world, tirtc_device_t *device, const tirtc_event_t *event)
{
    struct reaction *reaction = world->user;
    if (event->kind == reaction->to) {
        reaction->times++;
        reaction->act(world, device, event->connection);
    }
}

static void disconnect_now(world_t *world, tirtc_device_t *device, tirtc_connection_t connection)
{
    (void)world;
    CHECK_EQUAL(tirtc_connection_disconnect(device, connection), 0);
}

static void stop_now(world_t *world, tirtc_device_t *device, tirtc_connection_t connection)
{
    (void)world, (void)connection;
    CHECK_EQUAL(tirtc_device_stop(device), 0);
}

static void restart_now(world_t *world, tirtc_device_t *device, tirtc_connection_t connection)
{
    tirtc_options_t options = world_options("device-1", "secret-1");
    stop_now(world, device, connection);
    CHECK_EQUAL(tirtc_device_start(device, &options), 0);
}

TEST(events_may_be_answered_with_a_disconnect_or_a_stop)
{
    static const tirtc_event_kind_t kinds[] = {TIRTC_CONNECTION_ACCEPTED, TIRTC_COMMAND, TIRTC_CONNECTION_FAILED};
    for (size_t i = 0; i < 2 * sizeof kinds / sizeof kinds[0]; i++) {
        world_t world;
        bool stops = i % 2 == 1;
        struct reaction reaction = {.to = kinds[i / 2], .act = stops ? stop_now : disconnect_now};
        tirtc_options_t options = world_options("device-1", "secret-1");
        world_start(&world, NULL);
        world.on_event = react;
        world.user = &reaction;
        tirtc_device_t *device = world_device(&world, &options);
        world_run(&world, SOON_MS);
        service_connection_t *call = service_call(world.service, "device-1", "caller");
        world_run(&world, SOON_MS);
        if (call->device_link != NULL && !call->over) {
            service_send_message(call->device_link, "\0\0\0\1\0one", 8);
            service_send_message(call->device_link, "\0\0\0\1\0two", 8);
            world_run(&world, SOON_MS);
        }
        if (call->device_link != NULL && !call->over) {
            service_bye(call->device_link, TI_BYE_PEER_CLOSED, "");
        }
        world_run(&world, LATER_MS);
        CHECK(reaction.times >= 1);
        CHECK_EQUAL(world_count(&world, device, TIRTC_CONNECTION_GONE), stops ? 0 : 1);
        CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STOPPED), stops ? 1 : 0);
        if (!stops && kinds[i / 2] == TIRTC_COMMAND) {
            CHECK_EQUAL(reaction.times, 1); /* nothing is heard of it after the disconnect */
        }
        world_end(&world);
    }
}

TEST(a_program_may_restart_in_every_event_of_the_device)
{
    static const tirtc_event_kind_t kinds[] = {TIRTC_DEVICE_STARTED, TIRTC_DEVICE_SERVICE_LOST,
                                               TIRTC_CONNECTION_ACCEPTED};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        world_t world;
        struct reaction reaction = {.to = kinds[i], .act = restart_now};
        tirtc_options_t options = world_options("device-1", "secret-1");
        world_start(&world, NULL);
        world.user = &reaction;
        world.on_event = kinds[i] == TIRTC_DEVICE_STARTED ? NULL : react;
        tirtc_device_t *device = world_device(&world, &options);
        REQUIRE(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
        service_call(world.service, "device-1", "caller");
        world_run(&world, SOON_MS);
        if (kinds[i] == TIRTC_DEVICE_STARTED) {
            restart_now(&world, device, 0);
        } else if (kinds[i] == TIRTC_DEVICE_SERVICE_LOST) {
            service_crash(world.service);
        }
        world_run(&world, SOON_MS);
        world.on_event = NULL;
        CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STOPPED), 1);
        CHECK_EQUAL(world_count(&world, device, TIRTC_CONNECTION_FAILED), 1);
        CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, LATER_MS) != NULL);
        world_end(&world);
    }
}

TEST(nothing_is_delivered_behind_a_message_that_breaks_the_protocol)
{
    static const struct {
        const char *bytes;
        size_t size;
    } broken[] = {{"", 0}, {"\0\0\0\1", 4}, {"\1too short", 10}, {"\xff\2", 2}, {"\xff", 1}};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        pair_t pair;
        pair_start(&pair, NULL, NULL, NULL);
        service_link_t *link = service_last_connection(pair.world.service)->device_link;
        service_send_message(link, "\0\0\0\1\0before", 11);
        service_send_message(link, broken[i].bytes, broken[i].size);
        service_send_message(link, "\0\0\0\1\0behind", 11);
        const tirtc_event_t *failed = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, SOON_MS);
        REQUIRE(failed != NULL);
        CHECK_EQUAL(failed->error, TIRTC_E_CONN_OTHER_ERROR);
        CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_COMMAND), 1);
        pair.world.complaints_expected = true;
        pair_end(&pair);
    }
}

TEST(user_data_of_a_connection_that_is_gone_is_served_before_and_after_the_following_next)
{
    pair_t pair;
    tirtc_event_t event;
    int mark;
    pair_start(&pair, NULL, NULL, NULL);
    world_hold(&pair.world, pair.client, true);
    CHECK_EQUAL(tirtc_connection_set_user_data(pair.client, pair.caller, &mark), 0);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    world_run(&pair.world, 1000);
    REQUIRE(tirtc_device_next(pair.client, &event));
    CHECK_EQUAL(event.kind, TIRTC_CONNECTION_GONE);
    (void)tirtc_device_step(pair.client);
    CHECK(tirtc_connection_get_user_data(pair.client, pair.caller) == &mark);
    CHECK(!tirtc_device_next(pair.client, &event));
    CHECK(tirtc_connection_get_user_data(pair.client, pair.caller) == &mark);
    pair_end(&pair);
}

int main(void)
{
    RUN(every_short_sequence_of_starts_and_stops_ends_each_start_once);
    RUN(after_a_final_failure_a_start_works_again_with_the_same_id_or_another);
    RUN(a_start_that_meets_the_final_failure_of_the_one_before_is_not_failed_by_it);
    RUN(a_caller_of_a_start_that_was_just_stopped_does_not_join_the_next_one);
    RUN(a_caller_and_a_connect_at_the_same_moment_do_not_both_take_the_last_place);
    RUN(a_stop_in_every_state_tells_the_connection_then_itself);
    RUN(a_disconnect_in_every_state_is_answered_once);
    RUN(a_close_in_every_state_leaves_nothing_behind);
    RUN(the_end_of_a_stopped_start_is_reported_before_events_of_the_next_one);
    RUN(events_may_be_answered_with_a_disconnect_or_a_stop);
    RUN(a_program_may_restart_in_every_event_of_the_device);
    RUN(nothing_is_delivered_behind_a_message_that_breaks_the_protocol);
    RUN(user_data_of_a_connection_that_is_gone_is_served_before_and_after_the_following_next);
    return check_result();
}
