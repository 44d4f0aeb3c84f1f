// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "mock_kernel.h"
#include "test.h"

static struct p2p_events *events;
static int buffer;

static int setup(void **state)
{
	int ret = mock_setup(state);

	buffer = mock_open("/dev/buffer");
	events = NULL;
	return ret;
}

static int teardown(void **state)
{
	p2p_events_close(events);
	close(buffer);
	return mock_teardown(state);
}

static void listen_to_buffer(void)
{
	events = p2p_events_open(buffer);
	assert_non_null(events);
}

static int is_readable(void)
{
	struct pollfd fd = { .fd = p2p_events_fd(events), .events = POLLIN };

	return poll(&fd, 1, 0);
}

/* Takes one that is there. */
static void assert_next(uint32_t type, uint64_t number)
{
	struct p2p_event event;

	assert_int_equal(is_readable(), 1);
	assert_int_equal(p2p_events_next(events, 0, &event), 0);
	assert_string_equal(p2p_event_name(event.type), p2p_event_name(type));
	assert_int_equal(event.number, number);
	assert_int_equal(event.reserved, 0);
}

static void assert_no_more(void)
{
	struct p2p_event event;

	assert_int_equal(is_readable(), 0);
	assert_error(p2p_events_next(events, 0, &event),
		     p2p_events_state(events) == P2P_STATE_RETIRED ? ENODEV
								   : EAGAIN);
}

static void events_come_one_by_one(void **state)
{
	(void)state;
	listen_to_buffer();
	assert_int_equal(p2p_events_state(events), P2P_STATE_LIVE);
	assert_no_more();
	mock_revoke();
	assert_next(P2P_EVENT_REVOKE, 1);
	assert_int_equal(p2p_events_state(events), P2P_STATE_REVOKED);
	assert_no_more();
	mock_restore();
	assert_next(P2P_EVENT_RESTORE, 2);
	assert_int_equal(p2p_events_state(events), P2P_STATE_LIVE);
	mock_retire();
	assert_next(P2P_EVENT_RETIRE, 3);
	assert_int_equal(p2p_events_state(events), P2P_STATE_RETIRED);
	assert_no_more();
}

static void events_that_wait_keep_their_order(void **state)
{
	uint64_t i;

	(void)state;
	listen_to_buffer();
	for (i = 0; i < 10; i++) {
		mock_revoke();
		mock_restore();
	}
	mock_revoke();
	mock_retire();
	for (i = 0; i < 10; i++) {
		assert_next(P2P_EVENT_REVOKE, 2 * i + 1);
		assert_next(P2P_EVENT_RESTORE, 2 * i + 2);
	}
	assert_next(P2P_EVENT_REVOKE, 21);
	assert_next(P2P_EVENT_RETIRE, 22);
	assert_no_more();
}

static void live_buffer_may_be_retired(void **state)
{
	(void)state;
	listen_to_buffer();
	mock_retire();
	assert_next(P2P_EVENT_RETIRE, 1);
	assert_no_more();
}

static void buffer_may_begin_revoked(void **state)
{
	(void)state;
	mock_revoke();
	mock_restore();
	mock_revoke();
	listen_to_buffer();
	assert_int_equal(p2p_events_state(events), P2P_STATE_REVOKED);
	assert_no_more();
	mock_restore();
	assert_next(P2P_EVENT_RESTORE, 4);
	mock_revoke();
	assert_next(P2P_EVENT_REVOKE, 5);
}

static void new_events_come_behind_those_that_wait(void **state)
{
	(void)state;
	listen_to_buffer();
	mock_revoke();
	mock_restore();
	assert_next(P2P_EVENT_REVOKE, 1);
	mock_revoke();
	mock_retire();
	assert_next(P2P_EVENT_RESTORE, 2);
	assert_next(P2P_EVENT_REVOKE, 3);
	assert_next(P2P_EVENT_RETIRE, 4);
}

static void failing_question_loses_nothing(void **state)
{
	struct p2p_event event;

	(void)state;
	listen_to_buffer();
	mock_revoke();
	mock_retire();
	mock.fail_ioctl = P2P_DMABUF_INFO;
	mock.fail_errno = ENOMEM;
	assert_error(p2p_events_next(events, -1, &event), ENOMEM);
	assert_next(P2P_EVENT_REVOKE, 1);
	mock.fail_ioctl = P2P_DMABUF_INFO;
	assert_error(p2p_events_next(events, 0, &event), ENOMEM);
	assert_next(P2P_EVENT_RETIRE, 2);
}

/* The kernel counts an event a moment before it signals it. */
static void counted_but_not_signalled_is_not_there_yet(void **state)
{
	struct p2p_event event;
	uint64_t one = 1;

	(void)state;
	listen_to_buffer();
	mock.events++;
	mock.state = P2P_DMABUF_REVOKED;
	assert_error(p2p_events_next(events, 0, &event), EAGAIN);
	assert_int_equal(write(mock.eventfd, &one, sizeof(one)), sizeof(one));
	assert_next(P2P_EVENT_REVOKE, 1);
}

/* The answer does not know of it yet, and must not be taken for its kind. */
static void event_may_come_behind_the_answer(void **state)
{
	struct p2p_event event;

	(void)state;
	listen_to_buffer();
	mock.after_info = mock_retire;
	assert_int_equal(p2p_events_next(events, 0, &event), 0);
	assert_int_equal(event.type, P2P_EVENT_RETIRE);
	assert_int_equal(event.number, 1);
}

static void retirement_may_come_behind_the_answer(void **state)
{
	(void)state;
	listen_to_buffer();
	mock_revoke();
	mock.after_info = mock_retire;
	assert_next(P2P_EVENT_REVOKE, 1);
	assert_next(P2P_EVENT_RETIRE, 2);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void waiting_ends_in_time(void **state)
{
	struct p2p_event event;
	int64_t begin = now_ms();

	(void)state;
	listen_to_buffer();
	assert_error(p2p_events_next(events, 50, &event), EAGAIN);
	assert_in_range(now_ms() - begin, 50, 10000);
}

static void *revoke_later(void *arg)
{
	struct timespec delay = { .tv_nsec = 20000000 };

	nanosleep(&delay, NULL);
	mock_revoke();
	return arg;
}

static void waiting_ends_with_the_event(void **state)
{
	struct p2p_event event;
	pthread_t thread;

	(void)state;
	listen_to_buffer();
	assert_int_equal(pthread_create(&thread, NULL, revoke_later, NULL), 0);
	assert_int_equal(p2p_events_next(events, -1, &event), 0);
	assert_int_equal(event.type, P2P_EVENT_REVOKE);
	pthread_join(thread, NULL);
}

static void on_alarm(int number)
{
	(void)number;
}

static void signals_end_the_waiting(void **state)
{
	struct itimerval again = { { 0, 20000 }, { 0, 20000 } }, off = { 0 };
	struct sigaction action = { .sa_handler = on_alarm }, old;
	struct p2p_event event;

	(void)state;
	listen_to_buffer();
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &again, NULL);
	assert_error(p2p_events_next(events, -1, &event), EINTR);
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &old, NULL);
}

static void closing_takes_the_eventfd_away(void **state)
{
	(void)state;
	listen_to_buffer();
	assert_true(mock.eventfd >= 0);
	errno = ERANGE;
	p2p_events_close(events);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(mock.eventfd, -1);
	p2p_events_close(NULL);
	assert_int_equal(errno, ERANGE);
	events = NULL;
}

static void caller_may_close_the_buffer(void **state)
{
	(void)state;
	listen_to_buffer();
	close(buffer);
	mock_revoke();
	assert_next(P2P_EVENT_REVOKE, 1);
	p2p_events_close(events);
	events = NULL;
	assert_int_equal(mock.eventfd, -1);
	buffer = mock_open("/dev/buffer");
}

static void only_buffers_that_live_have_events(void **state)
{
	int other = mock_open("/dev/other");

	(void)state;
	assert_null_error(p2p_events_open(-1), EBADF);
	assert_null_error(p2p_events_open(other), EINVAL);
	mock_retire();
	assert_null_error(p2p_events_open(buffer), ENODEV);
	close(other);
}

static void failing_steps_leave_nothing(void **state)
{
	(void)state;
	mock.fail_calloc = 1;
	assert_null_error(p2p_events_open(buffer), ENOMEM);
	mock.fail_ioctl = P2P_DMABUF_EVENT;
	mock.fail_errno = ENOSPC;
	assert_null_error(p2p_events_open(buffer), ENOSPC);
	mock.fail_open = "/dev/p2p_dmabuf";
	mock.fail_errno = EMFILE;
	assert_null_error(p2p_events_open(buffer), EMFILE);
	mock_remove("/dev/p2p_dmabuf");
	assert_null_error(p2p_events_open(buffer), ENOENT);
}

static void wrong_arguments_are_refused(void **state)
{
	struct p2p_event event;

	(void)state;
	listen_to_buffer();
	assert_error(p2p_events_next(NULL, 0, &event), EINVAL);
	assert_error(p2p_events_next(events, 0, NULL), EINVAL);
	assert_error(p2p_events_next(events, -2, &event), EINVAL);
	assert_error(p2p_events_fd(NULL), EINVAL);
	assert_error(p2p_events_state(NULL), EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_come_one_by_one),
		TEST(events_that_wait_keep_their_order),
		TEST(live_buffer_may_be_retired),
		TEST(buffer_may_begin_revoked),
		TEST(new_events_come_behind_those_that_wait),
		TEST(failing_question_loses_nothing),
		TEST(counted_but_not_signalled_is_not_there_yet),
		TEST(event_may_come_behind_the_answer),
		TEST(retirement_may_come_behind_the_answer),
		TEST(waiting_ends_in_time),
		TEST(waiting_ends_with_the_event),
		TEST(signals_end_the_waiting),
		TEST(closing_takes_the_eventfd_away),
		TEST(caller_may_close_the_buffer),
		TEST(only_buffers_that_live_have_events),
		TEST(failing_steps_leave_nothing),
		TEST(wrong_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
