// What the Glibc module of Swift leaves out: eventfd, timerfd, malloc_trim, prctl.
#pragma once

#include <features.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>

// Functions for what takes a variable number of arguments, which Swift cannot call.
static inline int redis_events_is_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }

static inline int redis_events_set_dumpable(int value) { return prctl(PR_SET_DUMPABLE, value, 0, 0, 0); }

static inline int redis_events_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// Swift's Glibc has it as a variable, which could change at any time.
extern char **environ;
static inline char **redis_events_environment(void) { return environ; }
