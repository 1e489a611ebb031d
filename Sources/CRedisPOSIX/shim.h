// What the Glibc module of Swift leaves out: eventfd, timerfd, malloc_trim, prctl, renameat2.
#pragma once

#include <features.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

// Functions for what takes a variable number of arguments, which Swift cannot call.
static inline int redis_events_is_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }

static inline int redis_events_set_dumpable(int value) { return prctl(PR_SET_DUMPABLE, value, 0, 0, 0); }

static inline int redis_events_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// Renames and fails with EEXIST where the new path is taken. The 1 is RENAME_NOREPLACE, which only <linux/fs.h> has for all.
static inline int redis_events_rename_new(const char *path, const char *new_path) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, new_path, 1u);
}

// Swift's Glibc has it as a variable, which could change at any time.
extern char **environ;
static inline char **redis_events_environment(void) { return environ; }
